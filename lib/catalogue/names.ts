import { INPUT_LIMITS } from './input-limits.js';

const LENGTH_MAX = INPUT_LIMITS.nameLength.value;

/** The name that replaces those that come after a limit is reached, and those that are too long. */
export const OTHER = 'other';

/** Why a value cannot be a name as it is. */
export type NameProblem = 'invalid_name' | 'name_too_long';

/**
 * The one rule of what can be the name of a provider, a model or a budget: a string that is not blank, of at most 200
 * characters. Labels, prices, budgets, options and spans all use it.
 *
 * @returns `undefined` for a name.
 */
export function nameProblem(value: unknown): NameProblem | undefined {
  if (typeof value !== 'string' || value.trim() === '') return 'invalid_name';
  return value.length > LENGTH_MAX ? 'name_too_long' : undefined;
}

/**
 * The form in which a name is recorded, priced and charged. A name that is too long becomes `other`, so that no caller
 * can fill a scrape with text. Lone surrogates become U+FFFD, as they would in UTF-8; otherwise two series could have
 * the same text on the page.
 */
export function nameOf(value: string): string {
  return value.length > LENGTH_MAX ? OTHER : value.toWellFormed();
}

/** Whether a value can be the name of a provider or a model as it is. */
export function isName(value: unknown): value is string {
  return nameProblem(value) === undefined;
}

/** What a name is, in words, for messages about options. */
export const NAME_SHAPE = `a name of at most ${LENGTH_MAX} characters`;

/** Says what to write instead of a name that is wrong; `undefined` for one that is right. */
export function nameRemedy(name: unknown): string | undefined {
  const problem = nameProblem(name);
  if (problem === undefined) return undefined;
  return `write ${problem === 'name_too_long' ? NAME_SHAPE : 'a name that is not empty'}`;
}

/** Says what to write instead of a pattern of names that is wrong; `undefined` for one that is right. */
export function patternRemedy(pattern: unknown): string | undefined {
  const remedy = nameRemedy(pattern);
  if (remedy !== undefined) return remedy;
  const star = (pattern as string).indexOf('*');
  return star === -1 || star === (pattern as string).length - 1
    ? undefined
    : 'write a name with * only at its end';
}

/** A compiled pattern of names. */
export type Matcher = (name: string) => boolean;

/**
 * Compiles a pattern of names: exact, or a prefix followed by `*`. Case does not matter, because providers ignore it.
 *
 * @param pattern - such as `gpt-4o`, `claude-*` or `*`
 */
export function compilePattern(pattern: string): Matcher {
  const wanted = nameOf(pattern).toLowerCase();
  if (!wanted.endsWith('*')) return (name) => name.toLowerCase() === wanted;
  const prefix = wanted.slice(0, -1);
  return (name) => name.toLowerCase().startsWith(prefix);
}
