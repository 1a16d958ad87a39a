import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import type { DropReason } from './recorder.js';

/** Longer names are no names: they are folded into `other`, so that no caller can fill a scrape with text. */
export const NAME_LENGTH_MAX = INPUT_LIMITS.nameLength.value;

/** Why a value cannot be a label as it is, or `undefined` when it can. */
export function nameProblem(value: unknown): DropReason | undefined {
  if (typeof value !== 'string' || value.trim() === '') return 'invalid_name';
  return value.length > NAME_LENGTH_MAX ? 'name_too_long' : undefined;
}

/** Whether a value can be counted, priced or recorded in a histogram: a finite number that is not negative. */
export function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY;
}
