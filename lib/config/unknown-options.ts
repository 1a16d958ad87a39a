import type { ConfigProblem } from '../errors.js';
import { FIELDS } from './fields.js';
import { remedyForUnknown } from './spelling.js';

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
    return [{ option: path, variable: undefined, seen: typeof value, remedy: remedyForUnknown(path, KNOWN) }];
  });
}
