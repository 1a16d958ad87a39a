import type { RequestRecorder } from '../metrics/recorder.js';

/**
 * Runs one step of our own; what it throws is counted and goes no further, for the caller has nothing to do with it.
 *
 * @returns what the step does; `undefined` where it threw
 */
export function attempt<T>(
  recorder: Pick<RequestRecorder, 'drop'>,
  where: string,
  step: () => T,
): T | undefined {
  try {
    return step();
  } catch {
    countFailure(recorder, where);
    return undefined;
  }
}

/** What {@link attempt} does with a failure, for steps so frequent that a closure for each would tell. */
export function countFailure(recorder: Pick<RequestRecorder, 'drop'>, where: string): void {
  try {
    recorder.drop('internal_error', where);
  } catch {
    // A recorder that cannot even count has nobody left to tell.
  }
}
