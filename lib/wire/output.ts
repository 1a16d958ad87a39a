import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { isObject } from './json.js';

/** Members that describe a piece of output, or frame it, and are none themselves. */
const DESCRIBING: ReadonlySet<string> = new Set([
  'type',
  'id',
  'call_id',
  'index',
  'role',
  'object',
  'status',
  'format',
  'phase',
  'caller',
  'error',
  // They vouch for reasoning that came before or is kept back.
  'signature',
  'thoughtSignature',
]);

/** Output stands at most this deep: the name in the function of a call in a list of calls. */
const DEPTH_MAX = INPUT_LIMITS.outputDepth.value;

/**
 * Whether a model has put anything into a piece of its answer: text, reasoning, also where it is encrypted, the name
 * or arguments of a call, a refusal, an image, a citation. Roles, identifiers, signatures and empty deltas are nothing.
 */
export function hasOutput(value: unknown, depth = 0): boolean {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length > 0;
  if (depth > DEPTH_MAX) return false;
  if (Array.isArray(value)) {
    // The numbers of what is cited.
    return value.some((item) => typeof item === 'number' || hasOutput(item, depth + 1));
  }
  if (!isObject(value)) return false;
  return Object.keys(value).some((name) => !DESCRIBING.has(name) && hasOutput(value[name], depth + 1));
}

/** Keeps these members whole, of an event that is too large to be held. */
export function keepWhole<Name extends string>(names: readonly Name[]): Readonly<Record<Name, true>> {
  return Object.fromEntries(names.map((name) => [name, true])) as Record<Name, true>;
}

/** Whether there is output in one of these members. */
export function hasOutputIn(value: unknown, names: readonly string[]): boolean {
  return isObject(value) && names.some((name) => hasOutput(value[name]));
}
