import { decorate, defineMethod, methodOf } from './define.js';
import type { StreamEnd } from './stream-end.js';
import { watchStep } from './watch-step.js';

/** Taps whatever an async iterable hands out to be iterated; an async generator hands out itself. */
export function tapIterable(stream: object, end: StreamEnd): void {
  if (methodOf(stream, 'next') !== undefined) {
    tapIterator(stream, end, stream);
    return;
  }
  decorate(stream, Symbol.asyncIterator, (iterate) => () => {
    const iterator = end.run(iterate);
    if (typeof iterator === 'object' && iterator !== null) tapIterator(iterator, end, stream);
    return iterator;
  });
}

/** @param source - the stream that the iterator reads, which knows whether it was aborted. */
function tapIterator(iterator: object, end: StreamEnd, source: object): void {
  tapSteps(iterator, end, source);
  // `break` is heard through `return` alone, so an iterator without one gets one that does nothing else.
  if (methodOf(iterator, 'return') === undefined) {
    defineMethod(iterator, 'return', (value: unknown) => Promise.resolve({ done: true, value }));
  }
  for (const name of ['return', 'throw']) {
    decorate(iterator, name, (leave) => (...args: unknown[]) => {
      try {
        return end.run(() => leave(...args));
      } finally {
        end.cancelled();
      }
    });
  }
}

/** Taps what an iterator hands out, and not that somebody leaves it. */
export function tapSteps(iterator: object, end: StreamEnd, source: object = iterator): void {
  const onStep = (step: unknown): void => {
    if (isAborted(source)) end.aborted();
    else end.step(step);
  };
  decorate(iterator, 'next', (next) => (...args: unknown[]) => {
    return watchStep(() => next(...args), end, onStep);
  });
}

/** `controller.abort()` ends the SDKs' streams as if they had been read to the end. */
function isAborted(stream: object): boolean {
  try {
    const { controller } = stream as {
      readonly controller?: { readonly signal?: { readonly aborted?: unknown } };
    };
    return controller?.signal?.aborted === true;
  } catch {
    // Not an SDK's stream after all.
    return false;
  }
}
