import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import type { DropReason } from './recorder.js';

// Read once: the checks are within records of some tens of nanoseconds.
const COUNT_MAX = INPUT_LIMITS.tokens.value;
const COST_MAX_USD = INPUT_LIMITS.costUsd.value;
const BUDGET_MAX_USD = INPUT_LIMITS.budgetUsd.value;
const DURATION_MAX_MS = INPUT_LIMITS.durationMs.value;

/** Whether a value can be counted, priced or recorded in a histogram: a finite number that is not negative. */
export function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY;
}

// Sums of what is within these limits stay finite and exact for longer than any process runs.

/** Whether a value can be the tokens of one record, or any other count. */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= COUNT_MAX;
}

/** Whether a value can be the cost of one record, in US dollars. */
export function isCost(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= COST_MAX_USD;
}

/** Whether a value can be the limit of a budget or what was spent of it, in US dollars. */
export function isBudget(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= BUDGET_MAX_USD;
}

/** Whether a value can be one duration, in milliseconds. */
export function isDuration(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= DURATION_MAX_MS;
}

/** Why a value that is none of these is dropped. */
export function amountProblem(value: unknown): DropReason {
  return isAmount(value) ? 'over_limit' : 'invalid_value';
}
