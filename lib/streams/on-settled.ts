import { decorate } from './define.js';

type Listener = (value: unknown) => void;

/** Methods of SDK promises that settle with the answer in another form, and do not go through `then`. */
const SDK_METHODS = ['asResponse', 'withResponse'] as const;

/**
 * Tells how a promise settles without putting another one in its place.
 *
 * A native promise gets a reaction beside those of its consumer; a rejection that nobody else handles no longer
 * raises `unhandledRejection`. Any other thenable may be lazy (the SDKs' promises read the body when `then` is
 * called, query builders run the query): it is left alone until its consumer calls it, and that call is heard.
 *
 * @param onValue - must not throw.
 * @param onError - must not throw.
 * @returns whether `value` is a promise at all.
 */
export function onSettled(value: unknown, onValue: Listener, onError: Listener): boolean {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return false;
  const { then } = value as { readonly then?: unknown };
  if (typeof then !== 'function') return false;
  if (then === Promise.prototype.then || !Object.isExtensible(value)) {
    Reflect.apply(then, value, [onValue, onError]);
  } else {
    hear(value, onValue, onError);
  }
  return true;
}

/** Listens to the calls of the consumer, and makes none. */
function hear(thenable: object, onValue: Listener, onError: Listener): void {
  decorate(thenable, 'then', (then) => (onFulfilled: unknown, onRejected: unknown) => {
    const fulfilled = (value: unknown): unknown => {
      onValue(value);
      return typeof onFulfilled === 'function' ? onFulfilled(value) : value;
    };
    const rejected = (reason: unknown): unknown => {
      onError(reason);
      if (typeof onRejected === 'function') return onRejected(reason);
      throw reason;
    };
    return then(fulfilled, rejected);
  });
  // `then` is the one above from here on, so that what these two are made of is heard as well.
  const consumer = thenable as PromiseLike<unknown>;
  decorate(thenable, 'catch', () => (onRejected: never) => consumer.then(undefined, onRejected));
  decorate(
    thenable,
    'finally',
    () => (onFinally: () => void) => Promise.resolve(consumer.then()).finally(onFinally),
  );
  for (const name of SDK_METHODS) {
    decorate(thenable, name, (original) => (...args: unknown[]) => {
      const result = original(...args);
      onSettled(result, onValue, onError);
      return result;
    });
  }
}
