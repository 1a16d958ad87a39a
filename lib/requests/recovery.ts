import type { ErrorType } from '../catalogue/error-types.js';

/** A request that failed and that nothing has made good since. */
export interface FailedAttempt {
  readonly provider: string;
  readonly errorType: ErrorType;
}

/** One request of an operation, as the tracker knows it. */
export interface Attempt {
  readonly provider: string;
  readonly operation: string;
  /** How many requests of this kind had succeeded when it started. */
  readonly answeredBefore: number;
  /** The failed request that this one repeats, elsewhere or at the same provider. */
  readonly follows: FailedAttempt | undefined;
}

/** State of the requests of one kind: a failed embedding is not retried by a chat. */
interface Lane {
  inFlight: number;
  answered: number;
  failed: FailedAttempt | undefined;
}

/**
 * Tells which requests of an operation repeat a failed one. A request that starts while another of its kind is
 * in flight is hedged, not repeated; one that fails after its rival has answered leaves nothing to repeat.
 */
export class RecoveryTracker {
  private readonly lanes = new Map<string, Lane>();

  start(provider: string, operation: string): Attempt {
    const lane = this.lane(operation);
    const follows = lane.inFlight === 0 ? lane.failed : undefined;
    if (follows !== undefined) lane.failed = undefined;
    lane.inFlight += 1;
    return { provider, operation, answeredBefore: lane.answered, follows };
  }

  end(attempt: Attempt, errorType: ErrorType | undefined): void {
    const lane = this.lane(attempt.operation);
    lane.inFlight -= 1;
    if (errorType === undefined) {
      lane.answered += 1;
      lane.failed = undefined;
    } else if (lane.answered === attempt.answeredBefore) {
      lane.failed = { provider: attempt.provider, errorType };
    }
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
