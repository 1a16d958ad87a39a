import type { Setting } from './definitions.js';
import type { Environment } from './issues.js';
import { remedyFor, type Source, seenBy } from './parsers.js';
import { redactSecret } from './redact.js';

/** A value that is not what it should be. */
export interface Finding {
  readonly variable: string | undefined;
  readonly seen: string;
  readonly remedy: string;
}

/** The value of one setting, where it comes from, and what is wrong with it. */
export interface ResolvedSetting {
  readonly value: unknown;
  /** Whether there is an option for it. */
  readonly isGiven: boolean;
  /** The variable that sets it, unless an option does. */
  readonly variable: string | undefined;
  /** That variable, unless its value is not used at all. */
  readonly readFrom?: string | undefined;
  /** What is wrong with the option. */
  readonly problem?: Finding | undefined;
  /** What is wrong with the variable, whose value is then not used, or only in part. */
  readonly unsupported?: Finding | undefined;
}

/** The value of the options at a path such as `traces.endpoint`. */
export function optionAt(options: unknown, path: string): unknown {
  let value = options;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function finding(
  { parser, secret }: Setting<unknown>,
  value: unknown,
  source: Source,
  variable: string | undefined,
): Finding {
  const seen = secret ? redactSecret(value) : seenBy(parser, value, source);
  return { variable, seen, remedy: remedyFor(parser, value) };
}

/** Resolves one setting: option over environment over default. The default replaces what is wrong. */
export function resolveSetting(
  path: string,
  setting: Setting<unknown>,
  options: unknown,
  env: Environment,
): ResolvedSetting {
  const { parser, parsers, variables, defaultValue, merged } = setting;
  const option = optionAt(options, path);
  const isGiven = option !== undefined;
  const fromOption = isGiven ? parser.parse(option, 'option') : undefined;
  const problem =
    isGiven && fromOption === undefined ? finding(setting, option, 'option', variables[0]) : undefined;
  if (isGiven && !merged) return { value: fromOption ?? defaultValue, isGiven, variable: undefined, problem };

  const variable = variables.find((name) => (env[name] ?? '').trim() !== '');
  if (variable === undefined) return { value: fromOption ?? defaultValue, isGiven, variable, problem };
  const text = (env[variable] ?? '').trim();
  const reader = parsers?.[variable] ?? parser;
  const parsed = reader.parse(text, 'environment');
  const unsupported = parsed === undefined ? finding(setting, text, 'environment', variable) : undefined;
  const fromEnv = parsed ?? reader.known?.(text);
  const value = merged
    ? { ...(defaultValue as object), ...(fromEnv as object), ...(fromOption as object) }
    : (fromEnv ?? defaultValue);
  const readFrom = fromEnv === undefined ? undefined : variable;
  return { value, isGiven, variable, readFrom, problem, unsupported };
}
