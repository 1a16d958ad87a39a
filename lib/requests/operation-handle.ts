import type { Span } from '@opentelemetry/api';
import type { ErrorType } from '../catalogue/error-types.js';
import type { CostContext } from '../cost/pricing.js';
import type { CacheTier } from '../metrics/recorder.js';
import type { Usage } from './usage.js';

/** What an operation is, known when it starts. */
export interface OperationOptions {
  /**
   * Name of the span, such as `POST /v1/chat/completions`; of low cardinality.
   *
   * @defaultValue `llm_edge.operation`
   */
  readonly name?: string | undefined;
  /**
   * Span attributes; never metric labels. 64 at most, with keys of 200 characters at most; values longer than 4,096
   * characters are cut.
   */
  readonly attributes?: Readonly<Record<string, string | number | boolean>> | undefined;
  /**
   * Ends the operation as a `timeout` when nothing has ended it after this long, in milliseconds; `Infinity` never.
   *
   * @defaultValue 1,800,000 (30 minutes)
   */
  readonly maxDurationMs?: number | undefined;
}

/** The request that a cached answer came from: what asking again would have cost. */
export interface CachedAnswer extends CostContext {
  readonly provider: string;
  readonly model: string;
  readonly usage: Usage;
}

export interface CacheLookupOptions<Value> {
  /** Where the cached answer came from, or how to read that from the value found. Without it a hit saves nothing. */
  readonly answer?:
    | CachedAnswer
    | ((value: NonNullable<Awaited<Value>>) => CachedAnswer | undefined)
    | undefined;
}

/**
 * One operation in flight. It ends exactly once: the first of `end` and `fail` counts, all later calls do nothing.
 * No method throws but what the caller's own function threw.
 */
export interface OperationHandle {
  /** The span of the operation; a non-recording one when tracing is off. */
  readonly span: Span;
  readonly ended: boolean;
  /**
   * Looks into a cache: `undefined` and `null` are a miss, anything else is a hit. A lookup that throws is neither.
   *
   * @param tier - `L1` in memory, `L2` shared, `L3` durable.
   * @param lookup - the lookup itself; its result is handed on untouched, promise or not.
   */
  cacheLookup<T>(tier: CacheTier, lookup: () => T, options?: CacheLookupOptions<T>): T;
  /** Ends the operation as a success. */
  end(): void;
  /** Ends the operation as a failure, with a cause to be classified or an error type that is known. */
  fail(error: unknown, errorType?: ErrorType): void;
  /** Runs `fn` within the operation: requests started there belong to it. */
  run<T>(fn: () => T): T;
}
