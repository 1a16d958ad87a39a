import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { nameProblem } from '../catalogue/names.js';

/** Whether a value can be the name of a provider or a model. */
export function isName(value: unknown): value is string {
  return nameProblem(value) === undefined;
}

/** A compiled name pattern. */
export type Matcher = (value: string) => boolean;

/**
 * Compiles a name pattern: exact, or a prefix followed by `*`. Case does not matter, because providers ignore it.
 *
 * @param pattern - such as `gpt-4o`, `claude-*` or `*`
 */
export function compilePattern(pattern: string): Matcher {
  const wanted = pattern.toLowerCase();
  if (wanted === '*') return () => true;
  if (wanted.endsWith('*')) {
    const prefix = wanted.slice(0, -1);
    return (value) => value.toLowerCase().startsWith(prefix);
  }
  return (value) => value.toLowerCase() === wanted;
}

/** Says what to write instead of a pattern that is wrong; `undefined` where it is right. */
export function patternProblem(pattern: unknown): string | undefined {
  if (typeof pattern !== 'string' || pattern.trim() === '') return 'a name that is not empty';
  if (!isName(pattern)) return `a name of at most ${INPUT_LIMITS.nameLength.value} characters`;
  const star = pattern.indexOf('*');
  return star === -1 || star === pattern.length - 1 ? undefined : 'a name with * only at its end';
}
