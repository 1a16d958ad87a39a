import type { Setting } from './definitions.js';

const HIDDEN = '(hidden)';

/** The value of a setting as it may be shown: without a secret, and an endpoint without what may hold one. */
export function printedValue({ secret, printed }: Setting<unknown>, value: unknown): unknown {
  if (secret) return hidden(value);
  return printed === undefined || value === undefined ? value : printed(String(value));
}

/** A secret as it is printed: headers keep their names. */
function hidden(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value === undefined ? undefined : HIDDEN;
  return Object.fromEntries(Object.keys(value).map((name) => [name, HIDDEN]));
}
