/** A private field of objects of other classes. */
export interface Field<Value> {
  /** The value of an object; `undefined` if it has none. */
  readonly get: (target: object) => Value | undefined;
  readonly set: (target: object, value: Value) => void;
}

/** A constructor that returns its argument, so that a class derived from it adds its private fields to that object. */
const Given = function Given(target: object): object {
  return target;
} as unknown as new (
  target: object,
) => object;

/**
 * Creates a private field. It does what a `WeakMap` from objects to values does, but leaves no entry for each object
 * to the next full garbage collection, and is read at the cost of a property.
 */
export function createField<Value>(): Field<Value> {
  class Holder extends Given {
    #value: Value;

    constructor(target: object, value: Value) {
      super(target);
      this.#value = value;
    }

    static get(this: void, target: object): Value | undefined {
      return #value in target ? target.#value : undefined;
    }

    static set(this: void, target: object, value: Value): void {
      if (#value in target) target.#value = value;
      else new Holder(target, value);
    }
  }
  return Holder;
}
