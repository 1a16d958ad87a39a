/** A pattern made ready for repeated use. */
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

/** Says what is wrong with a pattern, or nothing. */
export function patternProblem(pattern: unknown): string | undefined {
  if (typeof pattern !== 'string' || pattern === '') return 'a name that is not empty';
  const star = pattern.indexOf('*');
  return star === -1 || star === pattern.length - 1 ? undefined : 'a name with * only at its end';
}
