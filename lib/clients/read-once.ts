import { types } from 'node:util';
import type { Init } from './fetch-input.js';

/** The members that are read before the call is made. */
const READ = ['method', 'body', 'signal', 'headers'] as const;

/** What is put in the place of members of an init. */
export interface InitChanges {
  readonly headers?: Headers;
  readonly body?: string;
  readonly referrer?: string;
  readonly referrerPolicy?: Request['referrerPolicy'];
}

type Member = { readonly value: unknown } | { readonly error: unknown };

/**
 * Makes an init readable twice: by us, and by the fetch that it is handed on to.
 *
 * Most are plain objects and are handed on themselves. Any other may hand its body out once, count its readers, or
 * throw: a view stands in front of it, which asks it for a member when it is asked, once, and says the same from then
 * on. Getters run on the init itself, so that inherited and private members work.
 */
export function readOnce(init: Init): Init {
  return isPlain(init) ? init : view(init as object, {});
}

/** The same init with other values for some members. */
export function changeInit(init: Init, changes: InitChanges): Init {
  if (init === undefined || init === null) return changes;
  // A copy has no members that are hidden from copies.
  const isWhole = isPlain(init) && Reflect.ownKeys(init).length === Object.keys(init).length;
  return isWhole ? { ...init, ...changes } : view(init, changes);
}

function isPlain(init: Init): boolean {
  if (init === undefined || init === null || (typeof init !== 'object' && typeof init !== 'function'))
    return true;
  if (types.isProxy(init)) return false;
  const prototype: unknown = Object.getPrototypeOf(init);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return READ.every((name) => Object.getOwnPropertyDescriptor(init, name)?.get === undefined);
}

function view(init: object, changes: InitChanges): NonNullable<Init> {
  const read = new Map<PropertyKey, Member>();
  for (const [name, value] of Object.entries(changes)) read.set(name, { value });
  const get = (name: PropertyKey): unknown => {
    let member = read.get(name);
    if (member === undefined) {
      member = readMember(init, name);
      read.set(name, member);
    }
    if ('error' in member) throw member.error;
    return member.value;
  };
  const has = (name: PropertyKey): boolean => Object.hasOwn(changes, name) || Reflect.has(init, name);
  // What a proxy says of a frozen target must be true of that: the target is another object.
  return new Proxy(Object.create(null) as NonNullable<Init>, {
    get: (_target, name) => get(name),
    has: (_target, name) => has(name),
    getPrototypeOf: () => Reflect.getPrototypeOf(init),
    ownKeys: () => [...new Set([...Reflect.ownKeys(init), ...Object.keys(changes)])],
    getOwnPropertyDescriptor(_target, name) {
      const isChanged = Object.hasOwn(changes, name);
      const own = isChanged ? undefined : Reflect.getOwnPropertyDescriptor(init, name);
      if (!isChanged && own === undefined) return undefined;
      const enumerable = own?.enumerable ?? true;
      return { value: get(name), enumerable, configurable: true, writable: true };
    },
    set(_target, name, value) {
      read.set(name, { value });
      return Reflect.set(init, name, value);
    },
  });
}

function readMember(init: object, name: PropertyKey): Member {
  try {
    return { value: Reflect.get(init, name) };
  } catch (error) {
    return { error };
  }
}
