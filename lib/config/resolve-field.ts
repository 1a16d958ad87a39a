import type { Field } from './field.js';
import type { Source } from './kinds.js';
import { seenSecret, seenText } from './seen.js';

/** The environment as `process.env` has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A value that is not what it should be. */
export interface Finding {
  readonly variable: string | undefined;
  readonly seen: string;
  readonly remedy: string;
}

/** What became of one setting. */
export interface ResolvedField {
  readonly value: unknown;
  /** Whether an option says something about it. */
  readonly isGiven: boolean;
  /** The variable that says something about it, where nothing went before. */
  readonly variable: string | undefined;
  /** What is wrong with the option. */
  readonly problem?: Finding | undefined;
  /** What is wrong with the variable, whose value does not count then, or only in part. */
  readonly unsupported?: Finding | undefined;
}

/** What the options say at a path such as `traces.endpoint`. */
function optionAt(options: unknown, path: string): unknown {
  let value = options;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function finding(
  { kind, secret }: Field<unknown>,
  given: unknown,
  source: Source,
  variable: string | undefined,
): Finding {
  return {
    variable,
    seen: secret ? seenSecret(given) : (kind.seen?.(given, source) ?? seenText(given, kind.tell)),
    remedy: kind.remedy?.(given) ?? `write ${kind.shape}`,
  };
}

/** Resolves one setting: option over environment over default. What is wrong leaves the default in place. */
export function resolveField(
  path: string,
  field: Field<unknown>,
  options: unknown,
  env: Environment,
): ResolvedField {
  const { kind, variables, defaultValue, merged } = field;
  const option = optionAt(options, path);
  const isGiven = option !== undefined;
  const fromOption = isGiven ? kind.parse(option, 'option') : undefined;
  const problem =
    isGiven && fromOption === undefined ? finding(field, option, 'option', variables[0]) : undefined;
  if (isGiven && !merged) return { value: fromOption ?? defaultValue, isGiven, variable: undefined, problem };

  const variable = variables.find((name) => (env[name] ?? '').trim() !== '');
  if (variable === undefined) return { value: fromOption ?? defaultValue, isGiven, variable, problem };
  const text = (env[variable] ?? '').trim();
  const parsed = kind.parse(text, 'environment');
  const unsupported = parsed === undefined ? finding(field, text, 'environment', variable) : undefined;
  const fromEnv = parsed ?? kind.known?.(text);
  const value = merged
    ? { ...(defaultValue as object), ...(fromEnv as object), ...(fromOption as object) }
    : (fromEnv ?? defaultValue);
  return { value, isGiven, variable, problem, unsupported };
}
