import type { Context } from '@opentelemetry/api';
import { readMember } from '../errors/classify-error.js';
import { onSettled } from '../streams/promise.js';
import { type CallOutcome, type FetchInFlight, surroundingsOf, withFetch } from './context.js';

/** Creates the context in which a fetch makes its call, so that nested fetches find the call. */
export function markFetch(parent: Context, call: FetchInFlight): Context {
  return withFetch(parent, { call, isTaken: false });
}

/** Describes a call that a fetch is about to make. It has `isOver` because the context may outlive the call by far. */
export function createFetchInFlight(hostAndPath: string): FetchInFlight {
  return { hostAndPath, isOver: false, outcome: undefined, claimed: undefined };
}

/** Returns the call that an outer fetch is making, whatever its address. */
export function outerFetch(active: Context): FetchInFlight | undefined {
  const call = surroundingsOf(active).fetch?.call;
  return call?.isOver === false ? call : undefined;
}

/**
 * Makes a call without observing it if an outer fetch already does. An outer fetch observes one call only: if a client
 * between the two retries, the retry is another call.
 *
 * @param make - makes the call in the given context.
 * @returns the result of `make` in an object, or `undefined` if no outer fetch observes the call.
 */
export function leaveToOuter<T>(
  active: Context,
  hostAndPath: string,
  make: (context: Context) => T,
): { readonly made: T } | undefined {
  const mark = surroundingsOf(active).fetch;
  if (mark === undefined || mark.isTaken || mark.call.isOver || mark.call.hostAndPath !== hostAndPath)
    return undefined;
  mark.isTaken = true;
  const { call } = mark;
  const made = make(markFetch(active, call));
  const note = (outcome: CallOutcome): void => {
    if (!call.isOver) call.outcome = outcome;
  };
  try {
    onSettled(
      made,
      (response) => note({ status: statusOf(response) }),
      (error) => note({ error }),
    );
  } catch {
    // The getter of `then` throws. The consumer of the promise gets the same exception.
  }
  return { made };
}

/** Marks an answer as observed, because it may be returned to an outer fetch. */
export function claimAnswer(outer: FetchInFlight, response: Response): void {
  outer.claimed ??= new Set();
  outer.claimed.add(response);
  if (response.body !== null) outer.claimed.add(response.body);
}

/** Whether a nested fetch already observes an answer. */
export function isClaimed({ claimed }: FetchInFlight, response: Response): boolean {
  return claimed !== undefined && (claimed.has(response) || claimed.has(response.body));
}

/** Drops references to answers. A context that lives as long as a connection would keep them alive. */
export function forgetAnswers(call: FetchInFlight): void {
  call.claimed = undefined;
  call.outcome = undefined;
}

/** Returns the status of an answer; `undefined` if it has none. */
export function statusOf(response: unknown): number | undefined {
  const status = readMember(response, 'status');
  return typeof status === 'number' ? status : undefined;
}
