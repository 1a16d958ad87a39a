import { MonitoringError } from '../errors.js';
import { type SetTimer, setUnrefTimer } from './timer.js';

/**
 * The result of some work, unless it takes too long; the work itself goes on.
 *
 * @param what - names the work in the error's message
 * @param work - promise that may never settle; a rejection after the deadline is handled
 * @param timeoutMillis - time given to it, in milliseconds
 * @throws {MonitoringError} ERR_DEADLINE_EXCEEDED when the time is over
 */
export function withDeadline<T>(
  what: string,
  work: Promise<T>,
  timeoutMillis: number,
  setTimer: SetTimer = setUnrefTimer,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = setTimer(
      () =>
        reject(
          new MonitoringError('ERR_DEADLINE_EXCEEDED', `${what} was not done after ${timeoutMillis} ms`),
        ),
      timeoutMillis,
    );
    work.then(resolve, reject).finally(cancel);
  });
}

/** Whether an error says that a deadline has passed. */
export function isDeadlineError(error: unknown): boolean {
  return error instanceof MonitoringError && error.code === 'ERR_DEADLINE_EXCEEDED';
}
