import { INPUT_LIMITS } from '../catalogue/input-limits.js';

type Check = (value: unknown) => value is number;

/** Whether a value can be counted, priced or recorded in a histogram: a finite number that is not negative. */
export const isAmount: Check = (value): value is number =>
  typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY;

const atMost =
  (max: number): Check =>
  (value): value is number =>
    typeof value === 'number' && value >= 0 && value <= max;

// Sums of values within these limits stay finite and exact for longer than any process runs.

/** Whether a value can be the tokens of one record, or any other count. */
export const isCount: Check = atMost(INPUT_LIMITS.tokens.value);

/** Whether a value can be the cost of one record, in US dollars. */
export const isCost: Check = atMost(INPUT_LIMITS.costUsd.value);

/** Whether a value can be the limit of a budget or the amount spent, in US dollars. */
export const isBudget: Check = atMost(INPUT_LIMITS.budgetUsd.value);

/** Whether a value can be one duration, in milliseconds. */
export const isDuration: Check = atMost(INPUT_LIMITS.durationMs.value);

/** Returns why a value that fails these checks is dropped. */
export function amountProblem(value: unknown): 'invalid_value' | 'over_limit' {
  return isAmount(value) ? 'over_limit' : 'invalid_value';
}
