import type { ConfigProblem } from '../errors.js';
import { FIELDS } from './fields.js';

/** Options that are objects of the user, or are checked where they are used. */
const PART_PATHS = [
  'meterProvider',
  'tracerProvider',
  'resourceDetectors',
  'traces.spanExporter',
  'pricing',
  'budgets',
];
const KNOWN = [...Object.keys(FIELDS), ...PART_PATHS];

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function remedyFor(path: string): string {
  const scored = KNOWN.map((known) => ({ known, score: distance(path.toLowerCase(), known.toLowerCase()) }));
  const best = scored.reduce((a, b) => (b.score < a.score ? b : a));
  return best.score <= 3
    ? `there is no such option; did you mean ${best.known}?`
    : 'there is no such option; remove it';
}

/** Finds options that do not exist: a misspelt one would otherwise be a default that nobody notices. */
export function unknownOptions(options: unknown, prefix = ''): ConfigProblem[] {
  if (typeof options !== 'object' || options === null) {
    const seen = options === null ? 'null' : typeof options;
    return [
      { option: prefix.slice(0, -1) || 'options', variable: undefined, seen, remedy: 'pass an object' },
    ];
  }
  return Object.entries(options).flatMap(([key, value]) => {
    const path = `${prefix}${key}`;
    if (KNOWN.includes(path) || value === undefined) return [];
    if (KNOWN.some((known) => known.startsWith(`${path}.`))) return unknownOptions(value, `${path}.`);
    return [{ option: path, variable: undefined, seen: typeof value, remedy: remedyFor(path) }];
  });
}
