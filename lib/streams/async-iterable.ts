import { decorate, defineMethod, methodOf } from './methods.js';
import type { Observation } from './observation.js';

/** Observes every iterator of an async iterable. An async generator is its own iterator. */
export function observeIterable(stream: object, observation: Observation): void {
  if (methodOf(stream, 'next') !== undefined) {
    observeIterator(stream, observation);
    return;
  }
  decorate(stream, Symbol.asyncIterator, (iterate, args) => {
    const iterator = observation.run(() => iterate(...args));
    try {
      if (typeof iterator === 'object' && iterator !== null) observeIterator(iterator, observation, stream);
    } catch {
      // A getter of the iterator throws. A consumer that uses the getter gets the same error.
    }
    return iterator;
  });
}

/**
 * Observes the steps of an iterator, and whether its consumer leaves it early.
 *
 * @param source - the stream that the iterator reads, whose `controller` may have been aborted.
 */
export function observeIterator(iterator: object, observation: Observation, source: object = iterator): void {
  observeSteps(iterator, observation, source);
  // `break` calls only `return`, so an iterator without this method gets a minimal one.
  if (methodOf(iterator, 'return') === undefined) {
    defineMethod(iterator, 'return', (value: unknown) => Promise.resolve({ done: true, value }));
  }
  for (const name of ['return', 'throw']) {
    decorate(iterator, name, (leave, args) => {
      try {
        return observation.run(() => leave(...args));
      } finally {
        observation.cancel();
      }
    });
  }
}

/** Observes only the steps of an iterator, for iterators whose source stays readable when they are left early. */
export function observeSteps(iterator: object, observation: Observation, source: object = iterator): void {
  const onStep = (step: unknown): void => {
    if (isAborted(source)) observation.cancel(true);
    else observation.step(step);
  };
  const onError = (error: unknown): void => observation.fail(error);
  decorate(iterator, 'next', (next, args) => {
    let step: unknown;
    try {
      step = observation.run(() => next(...args));
    } catch (error) {
      onError(error);
      throw error;
    }
    const then = typeof step === 'object' && step !== null ? methodOf(step, 'then') : undefined;
    if (then === undefined) {
      onStep(step);
      return step;
    }
    // The consumer gets the same promise that `next` returned. Another kind of thenable may do its work each time
    // `then` is called, so `then` is called only once.
    const promise = then === Promise.prototype.then ? (step as Promise<unknown>) : Promise.resolve(step);
    promise.then(onStep, onError);
    return promise;
  });
}

/** When its `controller` is aborted, a stream of an SDK ends as if it had been read completely. */
function isAborted(stream: object): boolean {
  try {
    const { controller } = stream as {
      readonly controller?: { readonly signal?: { readonly aborted?: unknown } };
    };
    return controller?.signal?.aborted === true;
  } catch {
    // Not a stream of an SDK.
    return false;
  }
}
