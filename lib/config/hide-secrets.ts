import type { Settings } from './config.js';
import type { Field } from './field.js';
import { FIELDS } from './fields.js';

const HIDDEN = '(hidden)';
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** A secret as it is printed: headers keep their names. */
function hidden(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value === undefined ? undefined : HIDDEN;
  return Object.fromEntries(Object.keys(value).map((name) => [name, HIDDEN]));
}

/**
 * Keeps what is secret out of `console.log(config)` and `JSON.stringify(config)`. The members themselves stay: the
 * exporters read them, and copies of them.
 */
export function hideSecrets(settings: Settings): Settings {
  const secrets = (Object.entries(FIELDS) as [string, Field<unknown>][])
    .filter(([, { secret }]) => secret)
    .map(([path]) => path.split('.'));
  for (const section of ['metrics', 'traces'] as const) {
    const names = secrets.filter(([head]) => head === section).map(([, name = '']) => name);
    const target: Record<string, unknown> = settings[section] as never;
    const printed = (): object => ({
      ...target,
      ...Object.fromEntries(names.map((name) => [name, hidden(target[name])])),
    });
    for (const key of ['toJSON', INSPECT]) Object.defineProperty(target, key, { value: printed });
  }
  return settings;
}
