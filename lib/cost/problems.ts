import { remedyForUnknown } from '../config/spelling.js';
import type { ConfigProblem } from '../errors.js';

/** Gathers what is wrong with options, so that all of it is told at once. */
export interface Problems {
  readonly list: readonly ConfigProblem[];
  add(option: string, seen: unknown, remedy: string): void;
  /** Adds each member of an option that does not exist. */
  addUnknown(option: string, value: Readonly<Record<string, unknown>>, known: readonly string[]): void;
}

const SEEN_CHARS_MAX = 80;

/** Makes an empty list of problems of options that come, or could come, from one environment variable. */
export function createProblems(variable?: string): Problems {
  const list: ConfigProblem[] = [];
  const add = (option: string, seen: unknown, remedy: string): void => {
    list.push({ option, variable, seen: describe(seen), remedy });
  };
  return {
    list,
    add,
    addUnknown(option, value, known) {
      for (const [name, seen] of Object.entries(value)) {
        if (seen !== undefined && !known.includes(name)) {
          add(`${option}.${name}`, seen, remedyForUnknown(name, known));
        }
      }
    },
  };
}

/** True for an object that is no array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'function') return 'a function';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > SEEN_CHARS_MAX ? `${text.slice(0, SEEN_CHARS_MAX)}...` : text;
}
