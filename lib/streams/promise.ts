import { decorate } from './methods.js';

type Listener = (value: unknown) => void;

/** Methods of SDK promises that resolve with another form of the answer and do not call `then`. */
const SDK_METHODS = ['asResponse', 'withResponse'] as const;

/**
 * Reports how a promise settles; the caller keeps the same promise.
 *
 * A native promise gets a reaction in addition to the reactions of its consumer. As a result, a rejection that the
 * consumer does not handle no longer raises `unhandledRejection`. Other thenables may be lazy: an SDK promise reads the
 * body, and a query builder runs the query, when `then` is called. Such a method is therefore never called here; the
 * calls of the consumer are observed.
 *
 * @param onValue - must not throw.
 * @param onError - must not throw.
 * @returns whether `value` is a promise or another thenable.
 */
export function onSettled(value: unknown, onValue: Listener, onError: Listener): boolean {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return false;
  const { then } = value as { readonly then?: unknown };
  if (typeof then !== 'function') return false;
  if (then === Promise.prototype.then || !Object.isExtensible(value)) {
    Reflect.apply(then, value, [onValue, onError]);
  } else {
    observeCalls(value, onValue, onError);
  }
  return true;
}

/** Observes the calls of the consumer without making any call itself. */
function observeCalls(thenable: object, onValue: Listener, onError: Listener): void {
  decorate(thenable, 'then', (then, [onFulfilled, onRejected]) => {
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
  // `catch` and `finally` call the observed `then`.
  const consumer = thenable as PromiseLike<unknown>;
  decorate(thenable, 'catch', (_catch, [onRejected]) => consumer.then(undefined, onRejected as never));
  decorate(thenable, 'finally', (_finally, [onFinally]) =>
    Promise.resolve(consumer.then()).finally(onFinally as never),
  );
  for (const name of SDK_METHODS) {
    decorate(thenable, name, (original, args) => {
      const result = original(...args);
      onSettled(result, onValue, onError);
      return result;
    });
  }
}
