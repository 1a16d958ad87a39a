import { types } from 'node:util';
import { sharedState } from '../global-state.js';
import { createField, type Field } from './object-field.js';

/** A method of an object of unknown class. */
export type Method = (...args: never[]) => unknown;

/** A method bound to its object. */
export type BoundMethod = (...args: unknown[]) => unknown;

/** Returns a method by name; `undefined` if the object does not have it. */
export function methodOf(target: object, name: PropertyKey): Method | undefined {
  const method = (target as Readonly<Record<PropertyKey, unknown>>)[name];
  return typeof method === 'function' ? (method as Method) : undefined;
}

/**
 * Replaces a method of one object; does nothing if the object does not have the method.
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

/** Defines a method that is not enumerable. An object that cannot be extended stays unchanged. */
export function defineMethod(target: object, name: PropertyKey, value: Method): void {
  Reflect.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: false });
}

/**
 * Replacements for methods of the objects of one class, by name.
 *
 * Each receives the object, the value stored for the object, the original methods, and the arguments of the call.
 */
export type Replacements<Target, Value> = Readonly<
  Record<PropertyKey, (target: Target, value: Value, original: Target, args: never) => unknown>
>;

/** Prototypes between an object and its class, made by {@link createDecorator} of either copy of this package. */
const LAYERS = sharedState('layers.v1', () => new WeakSet<object>());

/** The prototype of an object without those that this package inserted between the object and its class. */
export function prototypeOf(target: object): object | null {
  let prototype = Object.getPrototypeOf(target) as object | null;
  while (prototype !== null && LAYERS.has(prototype)) prototype = Object.getPrototypeOf(prototype);
  return prototype;
}

/** A prototype between some objects and their class, with the replacements, and the values of those objects. */
interface Layer<Value> {
  readonly prototype: object;
  readonly values: Field<Value>;
}

/**
 * Returns a function that replaces several methods of one object. It inserts a prototype between the object and its
 * class, which all decorated objects of the class share. That costs a fifth of defining the methods on each object, as
 * {@link decorate} does. An object with an own property for one of the methods gets all replacements as properties.
 *
 * An object that is decorated twice has two such prototypes; the second one calls the first.
 */
export function createDecorator<Target extends object, Value>(
  replacements: Replacements<Target, Value>,
): (target: Target, value: Value) => void {
  const names = Reflect.ownKeys(replacements);
  const layers = new WeakMap<object, Layer<Value>>();

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
  const addLayer = (base: Target): Layer<Value> => {
    const layer: Layer<Value> = { prototype: Object.create(base) as object, values: createField() };
    define(layer.prototype, base, layer.values.get);
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
    // `this` is ignored, because a call through a proxy of the object has the proxy as `this`.
    define(target, original, () => value);
  };
}
