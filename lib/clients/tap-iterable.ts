import type { BodyTap } from '../streams/body-tap.js';
import { defineMethod } from '../streams/define.js';

/** Lets `tap` see what the consumer of an async iterable reads. The iterable stays the same object. */
export function tapIterable<Piece>(iterable: AsyncIterable<Piece>, tap: BodyTap<Piece>): void {
  const iterate = iterable[Symbol.asyncIterator];
  defineMethod(iterable, Symbol.asyncIterator, () => tapIterator(iterate.call(iterable), tap));
}

function tapIterator<Piece>(iterator: AsyncIterator<Piece>, tap: BodyTap<Piece>): AsyncIterator<Piece> {
  const { next, return: finish } = iterator;
  defineMethod(iterator, 'next', async () => {
    try {
      const result = await next.call(iterator);
      if (result.done === true) tap.end();
      else tap.chunk(result.value);
      return result;
    } catch (error) {
      tap.fail(error);
      throw error;
    }
  });
  if (finish !== undefined) {
    defineMethod(iterator, 'return', (...args: Parameters<typeof finish>) => {
      tap.cancel();
      return finish.apply(iterator, args);
    });
  }
  return iterator;
}
