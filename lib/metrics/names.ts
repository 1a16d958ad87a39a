import { OTHER } from '../catalogue/cardinality.js';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import type { DropReason } from './recorder.js';

const LENGTH_MAX = INPUT_LIMITS.nameLength.value;

/** Why a value cannot be a name as it is, or `undefined` when it can. */
export function nameProblem(value: unknown): DropReason | undefined {
  if (typeof value !== 'string' || value.trim() === '') return 'invalid_name';
  return value.length > LENGTH_MAX ? 'name_too_long' : undefined;
}

/**
 * What a provider, a model or a budget is called in labels, prices, budgets and spans. Longer names are no names,
 * so that no caller can fill a scrape with text; halves of surrogate pairs become U+FFFD, as they would in UTF-8,
 * or two series would come out with the same text.
 */
export function nameOf(value: string): string {
  return value.length > LENGTH_MAX ? OTHER : value.toWellFormed();
}
