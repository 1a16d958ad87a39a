import type { ConfigProblem, ConfigWarning } from '../errors.js';
import type { Environment, Issues } from './definitions.js';
import { misspelling, remedyForUnknown, seenText, unknownPath } from './seen.js';
import { isObject } from './shapes.js';

/** Creates an empty list of issues with options that come, or could come, from one environment variable. */
export function createIssues(variable?: string): Issues {
  const list: ConfigProblem[] = [];
  const refuse: Issues['refuse'] = (option, seen, remedy) => {
    list.push({ option, variable, seen, remedy });
  };
  const add: Issues['add'] = (option, seen, remedy, tell) => refuse(option, seenText(seen, tell), remedy);
  return {
    list,
    refuse,
    add,
    push(issues) {
      list.push(...issues);
    },
    addUnknown(option, value, known, remedy) {
      for (const [name, seen] of Object.entries(value)) {
        if (seen === undefined || known.includes(name)) continue;
        add(unknownPath(option, name, known), seen, remedy ?? remedyForUnknown(name, known));
      }
    },
  };
}

/** Finds options that do not exist. A misspelt one would otherwise be a default that goes unnoticed. */
export function unknownOptions(options: unknown, known: readonly string[], prefix = ''): ConfigProblem[] {
  const parent = prefix.slice(0, -1);
  if (!isObject(options)) {
    const seen = seenText(options);
    return [{ option: parent || 'options', variable: undefined, seen, remedy: 'pass an object' }];
  }
  const siblings = known
    .filter((path) => path.startsWith(prefix))
    .map((path) => path.slice(prefix.length).replace(/\..*/, ''));
  return Object.entries(options).flatMap(([key, value]) => {
    const path = `${prefix}${key}`;
    if (known.includes(path) || value === undefined) return [];
    if (known.some((other) => other.startsWith(`${path}.`))) return unknownOptions(value, known, `${path}.`);
    const option = unknownPath(parent, key, siblings);
    return [{ option, variable: undefined, seen: seenText(value), remedy: remedyForUnknown(path, known) }];
  });
}

const PREFIX = 'LLM_EDGE_';

/**
 * Finds variables with our prefix whose names are nearly those of settings: no other package would read them.
 *
 * @param optionOf - the option of each variable.
 */
export function misspeltVariables(env: Environment, optionOf: ReadonlyMap<string, string>): ConfigWarning[] {
  const names = [...optionOf.keys()]
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => name.slice(PREFIX.length));
  return Object.keys(env).flatMap((variable) => {
    if (!variable.startsWith(PREFIX) || optionOf.has(variable)) return [];
    const meant = misspelling(variable.slice(PREFIX.length), names);
    const option = optionOf.get(`${PREFIX}${meant}`);
    if (option === undefined) return [];
    const remedy = `there is no such variable; did you mean ${PREFIX}${meant}?`;
    return [{ option, variable, seen: seenText(env[variable]), remedy, effect: 'it is not read' }];
  });
}
