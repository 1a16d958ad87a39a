import type { ConfigWarning } from '../errors.js';
import type { Field } from './field.js';
import { FIELDS } from './fields.js';
import type { Environment } from './resolve-field.js';
import { seenText } from './seen.js';
import { misspelling } from './spelling.js';

const PREFIX = 'LLM_EDGE_';
/** `pricing` is resolved where prices are read. */
const PRICES_FILE = ['LLM_EDGE_PRICES_FILE', 'pricing.overrides'] as const;

/** Finds variables with our prefix whose names are nearly those of settings: nobody else would read them. */
export function misspeltVariables(env: Environment): ConfigWarning[] {
  const optionOf = new Map<string, string>([PRICES_FILE]);
  for (const [option, { variables }] of Object.entries(FIELDS) as [string, Field<unknown>][]) {
    for (const variable of variables) if (variable.startsWith(PREFIX)) optionOf.set(variable, option);
  }
  const names = [...optionOf.keys()].map((name) => name.slice(PREFIX.length));
  return Object.keys(env).flatMap((variable) => {
    if (!variable.startsWith(PREFIX) || optionOf.has(variable)) return [];
    const meant = misspelling(variable.slice(PREFIX.length), names);
    const option = optionOf.get(`${PREFIX}${meant}`);
    if (option === undefined) return [];
    const remedy = `there is no such variable; did you mean ${PREFIX}${meant}?`;
    return [{ option, variable, seen: seenText(env[variable]), remedy, effect: 'it is not read' }];
  });
}
