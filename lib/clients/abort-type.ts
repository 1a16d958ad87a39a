import type { ErrorType } from '../catalogue/error-types.js';

/** Says how the caller of a call stopped it; `undefined` if it did not. */
export type AbortType = () => ErrorType | undefined;

/** Where an abort came from that a timer of Node called. */
const FROM_TIMER = /\bat listOnTimeout \(node:internal\/timers/;

/**
 * Reads why a signal was aborted, once a call has failed.
 *
 * SDKs stop a call that takes too long by the same signal, and for the same reason, as one that their user gave up.
 * Only the stack of the reason tells the two apart: what a timer stopped is a `timeout`, all else was cancelled.
 *
 * @param signal - of the call. It is referred to weakly: a signal may outlive many calls.
 */
export function createAbortType(signal: AbortSignal | null | undefined): AbortType {
  if (typeof signal !== 'object' || signal === null) return () => undefined;
  const reference = new WeakRef(signal);
  return () => {
    const { aborted, reason } = reference.deref() ?? {};
    return aborted === true ? reasonType(reason) : undefined;
  };
}

function reasonType(reason: unknown): ErrorType {
  if (typeof reason !== 'object' || reason === null) return 'client_cancelled';
  const { name, stack } = reason as { readonly name?: unknown; readonly stack?: unknown };
  const isTimer = typeof stack === 'string' && FROM_TIMER.test(stack);
  return name === 'TimeoutError' || isTimer ? 'timeout' : 'client_cancelled';
}
