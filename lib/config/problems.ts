import type { ConfigProblem } from '../errors.js';
import { isObject } from './shapes.js';
import { remedyForUnknown } from './spelling.js';

/** Gathers what is wrong with options, so that all of it is told at once. */
export interface Problems {
  readonly list: readonly ConfigProblem[];
  add(option: string, seen: unknown, remedy: string): void;
  /** Adds each member of an option that does not exist; the option of the outermost members is the empty text. */
  addUnknown(option: string, value: object, known: readonly string[]): void;
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
        if (known.includes(name)) continue;
        add(option === '' ? name : `${option}.${name}`, seen, remedyForUnknown(name, known));
      }
    },
  };
}

/** The members of an object that have a value: one that is undefined counts as absent. */
export function given(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (isObject(value)) return 'an object';
  if (typeof value === 'function') return 'a function';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > SEEN_CHARS_MAX ? `${text.slice(0, SEEN_CHARS_MAX)}...` : text;
}
