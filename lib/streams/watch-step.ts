import { methodOf } from './define.js';
import type { StreamEnd } from './stream-end.js';

/**
 * Takes one step of an iterator or reader and looks at it beside its consumer, who gets the very promise or
 * result that was made and the very error that was thrown.
 *
 * @param onStep - sees the result of the step before the consumer does; must not throw.
 * @param isOver - whether the step has nothing to do with the stream any more, so that its failure says nothing.
 */
export function watchStep(
  take: () => unknown,
  end: StreamEnd,
  onStep: (step: unknown) => void,
  isOver: () => boolean = () => false,
): unknown {
  const onError = (error: unknown): void => {
    if (!isOver()) end.failed(error);
  };
  let step: unknown;
  try {
    step = end.run(take);
  } catch (error) {
    onError(error);
    throw error;
  }
  const then = typeof step === 'object' && step !== null ? methodOf(step, 'then') : undefined;
  if (then === undefined) {
    onStep(step);
    return step;
  }
  // A thenable of another kind may act each time it is asked, so it is asked once.
  const promise = then === Promise.prototype.then ? (step as Promise<unknown>) : Promise.resolve(step);
  promise.then(onStep, onError);
  return promise;
}
