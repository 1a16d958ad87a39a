import type { ErrorType } from '../catalogue/error-types.js';
import type { Interval } from './interval-union.js';
import type { Attempt } from './recovery.js';

/** An operation's note of one of its requests; the request only hands it back. */
export interface RequestNote {
  readonly attempt: Attempt;
  readonly startMs: number;
  /** Absent while the request is in flight. */
  endMs: number | undefined;
}

/** What requests, and operations within it, tell an operation. */
export interface OperationScope {
  requestStarted(provider: string, operation: string, startMs: number): RequestNote;
  /** The model of the request is known. */
  requestNamed(note: RequestNote, model: string): void;
  /** @param error - what the request failed of; the same error may then end the operation. */
  requestEnded(note: RequestNote, errorType: ErrorType | undefined, endMs: number, error: unknown): void;
  /** The requests of an operation that ran within this one. */
  includeIntervals(intervals: readonly Interval[]): void;
}
