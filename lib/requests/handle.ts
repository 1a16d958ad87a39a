import type { Span } from '@opentelemetry/api';
import type { ErrorType } from '../catalogue/error-types.js';
import type { CostContext } from '../cost/pricing.js';
import type { Usage } from '../cost/usage.js';
import type { CacheTier } from '../metrics/recorder.js';

/** Describes a request, by what is known when it is sent. */
export interface RequestOptions {
  /** The provider asked, such as `openai`. A name longer than 200 characters is recorded as `other`, the model's too. */
  readonly provider: string;
  /** The model asked for. */
  readonly model: string;
  /** GenAI operation name; `chat` by default. */
  readonly operation?: string | undefined;
  /** Whether the answer is streamed; set on the span. */
  readonly streaming?: boolean | undefined;
  readonly serverAddress?: string | undefined;
  readonly serverPort?: number | undefined;
  /**
   * Ends the request as a `timeout` when nothing has ended it after this long, in milliseconds; `Infinity` never.
   *
   * @defaultValue 1,800,000 (30 minutes)
   */
  readonly maxDurationMs?: number | undefined;
  /**
   * Further span attributes; never metric labels. 64 at most, with keys of 200 characters at most; values longer than
   * 4,096 characters are cut.
   */
  readonly attributes?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/**
 * One request in flight. It ends exactly once: the first of `end` and `fail` counts, all later calls do nothing.
 * No method throws.
 */
export interface RequestHandle {
  readonly provider: string;
  readonly model: string;
  /** The span of the request; a non-recording one when tracing is off. */
  readonly span: Span;
  readonly ended: boolean;
  /** Marks the first output of any kind: text, reasoning, a tool call, a refusal. Later calls do nothing. */
  firstToken(): void;
  /**
   * Sets the usage; the last call wins. It replaces what an instrumented fetch has read of the calls made within the
   * request, tokens and cost. Its counts are read once, in this call.
   */
  setUsage(usage: Usage): void;
  /** Adds to what is known of the answer; fields given later win. They are read once, in this call. */
  setResponse(info: ResponseInfo): void;
  /** Ends the request as a success. */
  end(): void;
  /** Ends the request as a failure, with a cause to be classified or an error type that is known. */
  fail(error: unknown, errorType?: ErrorType): void;
  /** Runs `fn` with the request's span active. */
  run<T>(fn: () => T): T;
}

/** Describes an answer. */
export interface ResponseInfo {
  readonly id?: string | undefined;
  /** The model that answered, where it differs from the one asked for. */
  readonly model?: string | undefined;
  readonly finishReasons?: readonly string[] | undefined;
  /** The tier that the provider billed, such as `flex`, `priority` or `batch`. */
  readonly serviceTier?: string | undefined;
  /** A cost that the provider itself reported, in US dollars. */
  readonly costUsd?: number | undefined;
}

/** Adds to what is known of an answer. A member that is given later wins. */
export function mergeResponseInfo(known: ResponseInfo, added: ResponseInfo): ResponseInfo {
  const {
    id = known.id,
    model = known.model,
    finishReasons = known.finishReasons,
    serviceTier = known.serviceTier,
    costUsd = known.costUsd,
  } = added;
  return { id, model, finishReasons, serviceTier, costUsd };
}

/** Describes an operation, by what is known when it starts. */
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

/** The request that a cached answer came from, which says what another request would have cost. */
export interface CachedAnswer extends CostContext {
  readonly provider: string;
  readonly model: string;
  readonly usage: Usage;
}

export interface CacheLookupOptions<Value> {
  /** The request that the answer came from, or how to read it from the value found. Without it a hit saves nothing. */
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

/** Which model an observed call goes to. */
export interface CalledModel {
  readonly provider: string;
  readonly model: string;
  /** GenAI operation name. */
  readonly operation: string;
}

/** A request as the clients of this package see it: one that they started, or one of several calls of a request. */
export interface StartedRequest extends RequestHandle {
  /** Sets what was not known when the request was started. */
  describe(model: string | undefined, streaming: boolean): void;
  /** Notes that the answer is still being read. */
  touch?(): void;
  /** Has the request end as of the last `touch`: its answer was dropped long before that was noticed. */
  lost?(): void;
}
