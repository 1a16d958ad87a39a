import type { ConfigProblem } from '../errors.js';
import { seenText, type Tell, unknownPath } from './seen.js';
import { remedyForUnknown } from './spelling.js';

/** Gathers what is wrong with options, so that all of it is told at once. */
export interface Problems {
  readonly list: readonly ConfigProblem[];
  /** @param tell - what may be said of a text that was seen; by default nothing but its length. */
  add(option: string, seen: unknown, remedy: string, tell?: Tell): void;
  /** Adds each member of an option that does not exist; the option of the outermost members is the empty text. */
  addUnknown(option: string, value: object, known: readonly string[]): void;
}

/** Makes an empty list of problems of options that come, or could come, from one environment variable. */
export function createProblems(variable?: string): Problems {
  const list: ConfigProblem[] = [];
  const add: Problems['add'] = (option, seen, remedy, tell) => {
    list.push({ option, variable, seen: seenText(seen, tell), remedy });
  };
  return {
    list,
    add,
    addUnknown(option, value, known) {
      for (const [name, seen] of Object.entries(value)) {
        if (known.includes(name)) continue;
        add(unknownPath(option, name, known), seen, remedyForUnknown(name, known));
      }
    },
  };
}

/** The members of an object that have a value: one that is undefined counts as absent. */
export function given(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));
}
