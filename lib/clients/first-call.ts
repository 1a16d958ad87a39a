import type { Recognise } from './recognise.js';
import { type Fetch, type Init, type Input, methodOf, urlOf } from './request.js';
import { suspectOf } from './suspect.js';

/** Looks at a request that is about to be made. It never throws. */
export type LookAtCall = (input: Input, init: Init) => void;

/**
 * Creates a look-out for the first call to a model, of a known host or of another one by its path.
 *
 * @param onCall - called once, before that call is made, so that it can be observed.
 */
export function createFirstCall(recognise: Recognise, onCall: () => void): LookAtCall {
  let isOver = false;
  return (input, init) => {
    if (isOver) return;
    try {
      const url = urlOf(input);
      if (url === undefined || methodOf(input, init) !== 'POST') return;
      if ((recognise(url) ?? suspectOf(url)) === undefined) return;
      isOver = true;
      onCall();
    } catch {
      // The request is made all the same. Before the start there is nowhere to count that it was not observed.
    }
  };
}

/** A fetch that has each call looked at before another fetch makes it. */
export function withLook(fetch: Fetch, look: LookAtCall): Fetch {
  return function instrumentedFetch(input, init) {
    look(input, init);
    return fetch(input, init);
  };
}
