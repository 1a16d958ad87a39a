import { readFileSync } from 'node:fs';

const START = '// #region snippet';
const END = '// #endregion';

/** The part of an example that documents show: between its region markers, or the whole file. */
export function snippet(path: string): string {
  const text = readFileSync(path, 'utf8');
  const from = text.indexOf(START);
  if (from < 0) return text.trim();
  const to = text.indexOf(END, from);
  return text.slice(from + START.length, to < 0 ? undefined : to).trim();
}
