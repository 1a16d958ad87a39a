/** A method of an object of unknown class. */
export type Method = (...args: never[]) => unknown;

/** A method bound to its object. */
export type BoundMethod = (...args: unknown[]) => unknown;

/** Reads a method by name; `undefined` where there is none. */
export function methodOf(target: object, name: PropertyKey): Method | undefined {
  const method = (target as Readonly<Record<PropertyKey, unknown>>)[name];
  return typeof method === 'function' ? (method as Method) : undefined;
}

/**
 * Replaces a method of one object; does nothing where there is none.
 *
 * @param replacement - receives the original, bound to the object, and the arguments of each call.
 */
export function decorate(
  target: object,
  name: PropertyKey,
  replacement: (original: BoundMethod, args: unknown[]) => unknown,
): void {
  const method = methodOf(target, name);
  if (method === undefined) return;
  const original: BoundMethod = (...args) => Reflect.apply(method, target, args);
  defineMethod(target, name, (...args: unknown[]) => replacement(original, args));
}

/** Gives one object a method, hidden from `for in` and from copies. An object that refuses it stays as it is. */
export function defineMethod(target: object, name: PropertyKey, value: Method): void {
  Reflect.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: false });
}
