import { MonitoringError } from '../errors.js';

/**
 * Waits for work, but no longer than a deadline. The work goes on in the background; its late failure is silent,
 * since the deadline already reported.
 *
 * @throws {MonitoringError} ERR_DEADLINE_EXCEEDED when the deadline passes first.
 */
export async function withDeadline<Value>(
  work: Promise<Value>,
  timeoutMillis: number,
  what: string,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new MonitoringError('ERR_DEADLINE_EXCEEDED', `${what} took longer than ${timeoutMillis} ms`));
    }, timeoutMillis);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** Runs all steps at once and waits for all; what failed comes back as a list, flattened. */
export async function settleAll(steps: readonly (() => Promise<unknown>)[]): Promise<unknown[]> {
  const results = await Promise.allSettled(steps.map(async (step) => step()));
  return results.flatMap((result) => (result.status === 'rejected' ? [result.reason].flat() : []));
}
