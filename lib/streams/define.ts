/** A method of an object of unknown class. */
export type Method = (...args: never[]) => unknown;

/** Reads a method by name; `undefined` where there is none. */
export function methodOf(target: object, name: PropertyKey): Method | undefined {
  const method = (target as Readonly<Record<PropertyKey, unknown>>)[name];
  return typeof method === 'function' ? (method as Method) : undefined;
}

/**
 * Puts a method of ours before one that an object has, on this object alone; does nothing where there is none.
 *
 * @param wrap - is given the original, bound to the object, and returns what takes its place.
 */
export function decorate(
  target: object,
  name: PropertyKey,
  wrap: (original: (...args: unknown[]) => unknown) => Method,
): void {
  const method = methodOf(target, name);
  if (method === undefined) return;
  defineMethod(
    target,
    name,
    wrap((...args) => Reflect.apply(method, target, args)),
  );
}

/** Gives one object a method, unseen by `for in` and by copies. An object that refuses it stays as it is. */
export function defineMethod(target: object, name: PropertyKey, value: Method): void {
  Reflect.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: false });
}
