import type { ErrorType } from '../catalogue/error-types.js';
import { isObject } from '../config/issues.js';
import type { ServingRequest } from '../metrics/recorder.js';

/** A span of time, both ends on the same clock. */
export type Interval = readonly [startMs: number, endMs: number];

/** A failed request that no later request has repeated with success. */
export interface FailedRequest {
  readonly provider: string;
  readonly errorType: ErrorType;
}

/** One request of an operation. Only the operation reads it; the request passes it back. */
export interface OperationRequest {
  readonly provider: string;
  readonly operation: string;
  readonly startMs: number;
  /** Absent while the request is in flight. */
  endMs: number | undefined;
  /** The number of requests of this kind that had succeeded when it started. */
  readonly answeredBefore: number;
  /** The failed request that this one repeats, at the same or another provider. */
  readonly follows: FailedRequest | undefined;
  isAnswered: boolean;
  /** What the GenAI metrics say of it; absent if they are off. */
  serving: ServingRequest | undefined;
}

/** State of the requests of one kind (GenAI operation), because a chat does not retry a failed embedding. */
interface KindState {
  inFlight: number;
  answered: number;
  failed: FailedRequest | undefined;
}

/**
 * The requests of one operation: those that repeat a failed request, their error types, and when they were in flight.
 *
 * A request that starts while another of its kind is in flight is hedged and repeats none. A request that fails after
 * another one has succeeded need not be repeated.
 */
export class OperationRequests {
  private readonly kinds = new Map<string, KindState>();
  private readonly started: OperationRequest[] = [];
  /** When requests of operations within this one were in flight. */
  private readonly nested: Interval[] = [];
  private failures: WeakMap<object, ErrorType> | undefined;
  private lastErrorType: ErrorType | undefined;
  private nestedServing: ServingRequest | undefined;

  /** The number of requests that the operation started itself. */
  get count(): number {
    return this.started.length;
  }

  /** The error type of the request that ended last, or `undefined` if it succeeded. */
  get last(): ErrorType | undefined {
    return this.lastErrorType;
  }

  /** The request that the operation is named after: the last one that was answered, or else the last one. */
  get serving(): ServingRequest | undefined {
    const named = this.started.findLast(({ isAnswered }) => isAnswered) ?? this.started.at(-1);
    return named?.serving ?? this.nestedServing;
  }

  start(provider: string, operation: string, startMs: number): OperationRequest {
    const kind = this.kind(operation);
    const follows = kind.inFlight === 0 ? kind.failed : undefined;
    if (follows !== undefined) kind.failed = undefined;
    kind.inFlight += 1;
    const request = {
      provider,
      operation,
      startMs,
      endMs: undefined,
      answeredBefore: kind.answered,
      follows,
      isAnswered: false,
      serving: undefined,
    };
    this.started.push(request);
    return request;
  }

  end(request: OperationRequest, errorType: ErrorType | undefined, endMs: number, error: unknown): void {
    request.endMs = endMs;
    this.lastErrorType = errorType;
    const kind = this.kind(request.operation);
    kind.inFlight -= 1;
    if (errorType === undefined) {
      request.isAnswered = true;
      kind.answered += 1;
      kind.failed = undefined;
      return;
    }
    if (kind.answered === request.answeredBefore) kind.failed = { provider: request.provider, errorType };
    if (!isObject(error)) return;
    this.failures ??= new WeakMap();
    this.failures.set(error, errorType);
  }

  /** Returns the error type of the request that failed with the same error object. */
  errorTypeOf(error: unknown): ErrorType | undefined {
    return isObject(error) ? this.failures?.get(error) : undefined;
  }

  include(intervals: readonly Interval[], serving: ServingRequest | undefined): void {
    this.nestedServing = serving ?? this.nestedServing;
    // Pushed one by one, because hundreds of thousands of intervals are too many arguments for one call.
    for (const interval of intervals) this.nested.push(interval);
  }

  /** Returns when requests were in flight. A request that has not ended counts up to `endMs`. */
  intervals(endMs: number): readonly Interval[] {
    const own = this.started.map((request): Interval => [request.startMs, request.endMs ?? endMs]);
    return this.nested.length === 0 ? own : [...own, ...this.nested];
  }

  private kind(operation: string): KindState {
    let kind = this.kinds.get(operation);
    if (kind === undefined) {
      kind = { inFlight: 0, answered: 0, failed: undefined };
      this.kinds.set(operation, kind);
    }
    return kind;
  }
}

/**
 * Measures the time within a window that at least one interval covers. Overlaps count once, and parts outside the
 * window do not count.
 *
 * @param intervals - in any order; one that ends before it starts covers nothing.
 * @returns milliseconds, between 0 and the length of the window.
 */
export function unionMs(intervals: readonly Interval[], fromMs: number, toMs: number): number {
  const sorted = [...intervals].sort((first, second) => first[0] - second[0]);
  let coveredMs = 0;
  let reachedMs = fromMs;
  for (const [startMs, endMs] of sorted) {
    const openMs = Math.max(startMs, reachedMs);
    const closeMs = Math.min(endMs, toMs);
    if (closeMs <= openMs) continue;
    coveredMs += closeMs - openMs;
    reachedMs = closeMs;
  }
  return coveredMs;
}
