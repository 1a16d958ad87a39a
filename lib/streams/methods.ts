import { types } from 'node:util';

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

/**
 * What replaces methods of objects of one class, by name.
 *
 * Each receives the object, what belongs to it, the methods that are replaced, and the arguments of the call.
 */
export type Replacements<Target, Value> = Readonly<
  Record<PropertyKey, (target: Target, value: Value, original: Target, args: never) => unknown>
>;

/** Prototypes between an object and its class, made by {@link createDecorator}. */
const LAYERS = new WeakSet<object>();

/** Whether a prototype is one of this package, between an object and its class. */
export function isLayer(prototype: object): boolean {
  return LAYERS.has(prototype);
}

/**
 * Returns a function that replaces several methods of one object, as {@link decorate} does one: by a prototype between
 * the object and its class, which all objects of the class share. That costs a fifth of properties of the object, whose
 * own methods, where it has any, are replaced by such properties all the same.
 *
 * An object that is decorated twice has two such prototypes; the second one calls the first.
 */
export function createDecorator<Target extends object, Value>(
  replacements: Replacements<Target, Value>,
): (target: Target, value: Value) => void {
  const names = Reflect.ownKeys(replacements);
  const layers = new WeakMap<object, { prototype: object; values: WeakMap<object, Value> }>();

  const define = (
    holder: object,
    original: Target,
    valueFor: (target: Target) => Value | undefined,
  ): void => {
    for (const name of names) {
      const method = methodOf(original, name);
      const replacement = replacements[name];
      if (method === undefined || replacement === undefined) continue;
      defineMethod(holder, name, function replaced(this: Target, ...args: unknown[]) {
        const value = valueFor(this);
        return value === undefined
          ? Reflect.apply(method, this, args)
          : replacement(this, value, original, args as never);
      });
    }
  };
  const addLayer = (base: Target): { prototype: object; values: WeakMap<object, Value> } => {
    const layer = { prototype: Object.create(base) as object, values: new WeakMap<object, Value>() };
    define(layer.prototype, base, (target) => layer.values.get(target));
    LAYERS.add(layer.prototype);
    layers.set(base, layer);
    return layer;
  };

  return (target, value) => {
    const base = Object.getPrototypeOf(target) as Target;
    const isPlain = !types.isProxy(target) && !names.some((name) => Object.hasOwn(target, name));
    const layer = isPlain ? (layers.get(base) ?? addLayer(base)) : undefined;
    if (layer !== undefined && Reflect.setPrototypeOf(target, layer.prototype)) {
      layer.values.set(target, value);
      return;
    }
    const original = Object.fromEntries(names.map((name) => [name, methodOf(target, name)])) as Target;
    // Whatever they are called on: a proxy of the object calls them on itself.
    define(target, original, () => value);
  };
}
