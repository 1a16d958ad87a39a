import type { ErrorType } from '../catalogue/error-types.js';
import { normaliseErrorType } from '../catalogue/normalise-error-type.js';
import type { DropCounter } from './drop-counter.js';
import { isAmount } from './names.js';
import type { DropReason } from './recorder.js';

/** Tells what can be recorded as it was given; the rest is dropped or mapped, and counted. */
export class ValueChecks {
  private readonly drops: DropCounter;

  constructor(drops: DropCounter) {
    this.drops = drops;
  }

  /** Whether a value can be added or put into a bucket. */
  isAmount(value: unknown, where: string): value is number {
    if (isAmount(value)) return true;
    this.drops.drop('invalid_value', where);
    return false;
  }

  /** The error type that a caller's string means; `unknown` for a string that is not known. */
  errorType(value: string, where: string): ErrorType {
    const known = normaliseErrorType(value);
    if (known !== undefined) return known;
    this.drops.drop('unknown_error_type', where);
    return 'unknown';
  }

  /** Counts a dropped value and tells `diag` once for each reason. */
  drop(reason: DropReason, where: string): void {
    this.drops.drop(reason, where);
  }
}
