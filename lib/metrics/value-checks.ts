import type { ErrorType } from '../catalogue/error-types.js';
import { normaliseErrorType } from '../catalogue/normalise-error-type.js';
import { amountProblem, isBudget, isCost, isCount, isDuration } from './amounts.js';
import type { DropCounter } from './drop-counter.js';
import type { DropReason } from './recorder.js';

/** Tells what can be recorded as it was given; the rest is dropped or mapped, and counted. */
export class ValueChecks {
  private readonly drops: DropCounter;

  constructor(drops: DropCounter) {
    this.drops = drops;
  }

  /** Whether a value can be the tokens of one record, or any other count. */
  isCount(value: unknown, where: string): value is number {
    return isCount(value) || this.refuse(value, where);
  }

  /** Whether a value can be the cost of one record. */
  isCost(value: unknown, where: string): value is number {
    return isCost(value) || this.refuse(value, where);
  }

  /** Whether a value can be the limit of a budget or what was spent of it. */
  isBudget(value: unknown, where: string): value is number {
    return isBudget(value) || this.refuse(value, where);
  }

  /** Whether a value can be one duration. */
  isDuration(value: unknown, where: string): value is number {
    return isDuration(value) || this.refuse(value, where);
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

  private refuse(value: unknown, where: string): false {
    this.drops.drop(amountProblem(value), where);
    return false;
  }
}
