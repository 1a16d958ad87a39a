import type { ConfigProblem } from '../errors.js';
import { FIELDS } from './fields.js';
import { seenText, unknownPath } from './seen.js';
import { isObject } from './shapes.js';
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
  const parent = prefix.slice(0, -1);
  if (!isObject(options)) {
    return [
      {
        option: parent || 'options',
        variable: undefined,
        seen: seenText(options),
        remedy: 'pass an object',
      },
    ];
  }
  return Object.entries(options).flatMap(([key, value]) => {
    const path = `${prefix}${key}`;
    if (KNOWN.includes(path) || value === undefined) return [];
    if (KNOWN.some((known) => known.startsWith(`${path}.`))) return unknownOptions(value, `${path}.`);
    return [
      {
        option: unknownPath(parent, key, namesWithin(prefix)),
        variable: undefined,
        seen: seenText(value),
        remedy: remedyForUnknown(path, KNOWN),
      },
    ];
  });
}

/** The names of the options that may stand in a place. */
function namesWithin(prefix: string): string[] {
  return KNOWN.filter((path) => path.startsWith(prefix)).map((path) =>
    path.slice(prefix.length).replace(/\..*/, ''),
  );
}
