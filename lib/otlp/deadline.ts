import { MonitoringError } from '../errors.js';

/** Starts a timer and returns a function that cancels it. */
export type SetTimer = (callback: () => void, delayMillis: number) => () => void;

/** The longest delay of Node.js timers. A longer one would end at once. */
const DELAY_MAX_MILLIS = 2 ** 31 - 1;

/** A timer that keeps the process alive, for work that a caller awaits. */
export const setTimer: SetTimer = (callback, delayMillis) => {
  const timer = setTimeout(callback, Math.min(delayMillis, DELAY_MAX_MILLIS));
  return () => clearTimeout(timer);
};

/** A timer that does not keep the process alive, for background work. */
export const setUnrefTimer: SetTimer = (callback, delayMillis) => {
  const timer = setTimeout(callback, Math.min(delayMillis, DELAY_MAX_MILLIS));
  timer.unref();
  return () => clearTimeout(timer);
};

/**
 * Waits for work, but no longer than a deadline. The work continues in the background; a later failure is ignored,
 * since the deadline has been reported already.
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

/** Runs all steps concurrently and waits for all; returns the list of their errors, flattened. */
export async function settleAll(steps: readonly (() => Promise<unknown>)[]): Promise<unknown[]> {
  const results = await Promise.allSettled(steps.map(async (step) => step()));
  return results.flatMap((result) => (result.status === 'rejected' ? [result.reason].flat() : []));
}
