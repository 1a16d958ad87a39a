import type { ConfigProblem, ConfigWarning } from '../errors.js';
import { misspelling, redact, remedyForUnknown, type Show, unknownPath } from './redact.js';

/** The environment as `process.env` has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** True for an object, an array included. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** True for an object that is not an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return isObject(value) && !Array.isArray(value);
}

/** Collects everything that is wrong with options, to report it at once. */
export class Issues {
  readonly list: ConfigProblem[] = [];
  private readonly variable: string | undefined;

  /** @param variable - the environment variable that the options come from, or could come from. */
  constructor(variable?: string) {
    this.variable = variable;
  }

  /** @param show - what may be shown of a text; by default nothing but its length. */
  add(option: string, value: unknown, remedy: string, show?: Show): void {
    this.refuse(option, redact(value, show), remedy);
  }

  /** Adds an issue whose value is described already. */
  refuse(option: string, seen: string, remedy: string): void {
    this.list.push({ option, variable: this.variable, seen, remedy });
  }

  /**
   * Adds each member that is not a known option; one that is undefined counts as absent. A misspelt option would
   * otherwise be a default that goes unnoticed.
   *
   * @param option - the path of the object, the empty text for the outermost one.
   * @param known - names of members; `a.b` for a member of the member `a`.
   * @param within - the names that lead from the outermost object to this one, as they begin in `known`.
   */
  addUnknown(option: string, value: object, known: readonly string[], remedy?: string, within = ''): void {
    const names = known
      .filter((path) => path.startsWith(within))
      .map((path) => path.slice(within.length).replace(/\..*/, ''));
    for (const [name, member] of Object.entries(value)) {
      const path = within + name;
      if (member === undefined || known.includes(path)) continue;
      if (!known.some((other) => other.startsWith(`${path}.`))) {
        this.add(unknownPath(option, name, names), member, remedy ?? remedyForUnknown(path, known));
      } else if (isObject(member)) {
        this.addUnknown(path, member, known, remedy, `${path}.`);
      } else {
        this.add(path, member, 'pass an object');
      }
    }
  }
}

const PREFIX = 'LLM_EDGE_';

/**
 * Finds misspelt variables: those with the prefix of this package whose names are close to that of a setting.
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
    return [{ option, variable, seen: redact(env[variable]), remedy, effect: 'it is not read' }];
  });
}
