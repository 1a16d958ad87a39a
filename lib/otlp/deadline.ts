import { MonitoringError } from '../errors.js';
import { type SetTimer, setUnrefTimer } from './timer.js';

/**
 * Waits for work, but no longer than a deadline. The work goes on in the background; its late failure is silent,
 * since the deadline already reported.
 *
 * @param what - names the work in the error's message
 * @throws {MonitoringError} ERR_DEADLINE_EXCEEDED when the deadline passes first
 */
export function withDeadline<Value>(
  work: Promise<Value>,
  timeoutMillis: number,
  what: string,
  setTimer: SetTimer = setUnrefTimer,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const cancel = setTimer(() => {
      reject(new MonitoringError('ERR_DEADLINE_EXCEEDED', `${what} took longer than ${timeoutMillis} ms`));
    }, timeoutMillis);
    work.then(resolve, reject).finally(cancel);
  });
}

/** Whether an error says that a deadline has passed. */
export function isDeadlineError(error: unknown): boolean {
  return error instanceof MonitoringError && error.code === 'ERR_DEADLINE_EXCEEDED';
}
