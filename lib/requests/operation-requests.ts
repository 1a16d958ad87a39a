import type { ErrorType } from '../catalogue/error-types.js';
import { isObject } from '../config/issues.js';

/** A span of time, both ends on the same clock. */
export type Interval = readonly [startMs: number, endMs: number];

/** A failed request that no later request has repeated with success. */
export interface FailedRequest {
  readonly provider: string;
  readonly errorType: ErrorType;
}

/** One request of an operation. The request only passes it back to the operation. */
export interface OperationRequest {
  readonly provider: string;
  readonly operation: string;
  readonly startMs: number;
  /** Absent while the request is in flight. */
  endMs: number | undefined;
  /** How many requests of this kind had succeeded when it started. */
  readonly answeredBefore: number;
  /** The failed request that this one repeats, at the same or another provider. */
  readonly follows: FailedRequest | undefined;
}

/** State of the requests of one GenAI operation: a failed embedding is not retried by a chat. */
interface Lane {
  inFlight: number;
  answered: number;
  failed: FailedRequest | undefined;
}

/**
 * The requests of one operation: which ones repeat a failed request, why they failed, and when they were in flight.
 *
 * A request that starts while another of its kind is in flight is hedged, not repeated; one that fails after
 * another has succeeded does not have to be repeated.
 */
export class OperationRequests {
  private readonly lanes = new Map<string, Lane>();
  private readonly started: OperationRequest[] = [];
  /** When requests of operations within this one were in flight. */
  private readonly nested: Interval[] = [];
  private failures: WeakMap<object, ErrorType> | undefined;
  private lastErrorType: ErrorType | undefined;

  /** How many requests were started by the operation itself. */
  get count(): number {
    return this.started.length;
  }

  /** The error type of the request that ended last; `undefined` where it succeeded. */
  get last(): ErrorType | undefined {
    return this.lastErrorType;
  }

  start(provider: string, operation: string, startMs: number): OperationRequest {
    const lane = this.lane(operation);
    const follows = lane.inFlight === 0 ? lane.failed : undefined;
    if (follows !== undefined) lane.failed = undefined;
    lane.inFlight += 1;
    const request = {
      provider,
      operation,
      startMs,
      endMs: undefined,
      answeredBefore: lane.answered,
      follows,
    };
    this.started.push(request);
    return request;
  }

  end(request: OperationRequest, errorType: ErrorType | undefined, endMs: number, error: unknown): void {
    request.endMs = endMs;
    this.lastErrorType = errorType;
    const lane = this.lane(request.operation);
    lane.inFlight -= 1;
    if (errorType === undefined) {
      lane.answered += 1;
      lane.failed = undefined;
      return;
    }
    if (lane.answered === request.answeredBefore) lane.failed = { provider: request.provider, errorType };
    if (!isObject(error)) return;
    this.failures ??= new WeakMap();
    this.failures.set(error, errorType);
  }

  /** The error type of the request that failed with this very error. */
  errorTypeOf(error: unknown): ErrorType | undefined {
    return isObject(error) ? this.failures?.get(error) : undefined;
  }

  include(intervals: readonly Interval[]): void {
    // One by one, because hundreds of thousands of intervals are too many for arguments.
    for (const interval of intervals) this.nested.push(interval);
  }

  /** When requests were in flight. One that has not ended counts up to `endMs`. */
  intervals(endMs: number): readonly Interval[] {
    const own = this.started.map((request): Interval => [request.startMs, request.endMs ?? endMs]);
    return this.nested.length === 0 ? own : [...own, ...this.nested];
  }

  private lane(operation: string): Lane {
    let lane = this.lanes.get(operation);
    if (lane === undefined) {
      lane = { inFlight: 0, answered: 0, failed: undefined };
      this.lanes.set(operation, lane);
    }
    return lane;
  }
}

/**
 * Measures the time within a window that at least one interval covers. Overlaps count once, what lies outside
 * the window not at all.
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
