import type { RequestRecorder } from '../metrics/recorder.js';

/**
 * Runs one step of this package. An exception is counted but not rethrown, because the caller could not handle it.
 *
 * @returns the result of the step, or `undefined` if it threw
 */
export function guard<T>(
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

/** Counts an exception of this package. For `catch` blocks of steps that run too often for a closure each. */
export function countFailure(recorder: Pick<RequestRecorder, 'drop'>, where: string): void {
  try {
    recorder.drop('internal_error', where);
  } catch {
    // The recorder cannot count the failure either, so nothing is left to do.
  }
}
