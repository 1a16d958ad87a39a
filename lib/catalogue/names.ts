import { INPUT_LIMITS } from './input-limits.js';

const LENGTH_MAX = INPUT_LIMITS.nameLength.value;

/** The name that stands for all others: those that came after a limit was reached, and those that are too long. */
export const OTHER = 'other';

/** Why a value cannot be a name as it is. */
export type NameProblem = 'invalid_name' | 'name_too_long';

/**
 * The one rule of what can be the name of a provider, a model or a budget: a string that is not blank, of at most 200
 * characters. Labels, prices, budgets, options and spans all go by it.
 *
 * @returns `undefined` for a name.
 */
export function nameProblem(value: unknown): NameProblem | undefined {
  if (typeof value !== 'string' || value.trim() === '') return 'invalid_name';
  return value.length > LENGTH_MAX ? 'name_too_long' : undefined;
}

/**
 * The form in which a name is recorded, priced and charged. A name that is too long becomes `other`, so that no caller
 * can fill a scrape with text. Halves of surrogate pairs become U+FFFD, as they would in UTF-8; two series would come
 * out with the same text otherwise.
 */
export function nameOf(value: string): string {
  return value.length > LENGTH_MAX ? OTHER : value.toWellFormed();
}
