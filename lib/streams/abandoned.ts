import { AsyncResource } from 'node:async_hooks';
import type { ErrorType } from '../catalogue/error-types.js';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';

/** Why nothing will end a request, an operation or a body any more. */
export type AbandonReason = 'collected' | 'deadline';

/** The error type of what was abandoned: the caller dropped the answer, or waited for it too long. */
export const ABANDONED: Readonly<Record<AbandonReason, ErrorType>> = {
  collected: 'client_cancelled',
  deadline: 'timeout',
};

/** A request, an operation or a body in flight. */
export interface Abandonable {
  abandon(reason: AbandonReason): void;
}

/** Ends what nothing else ends: handles that were garbage-collected, and requests that outlast their deadline. */
export interface AbandonmentTracker {
  /**
   * @param handle - the object that the caller has; `target` must not refer to it. When it is garbage-collected, nothing
   *   can end `target` any more.
   * @param maxDurationMs - 30 minutes by default; `Infinity` sets no deadline.
   * @param nowMs - the time by `performance.now()`, if the caller has just read it.
   * @returns the argument of `untrack`.
   */
  track(handle: object, target: Abandonable, maxDurationMs: number | undefined, nowMs?: number): Tracked;
  untrack(tracked: Tracked): void;
}

/** The default of how long a request or operation may last. */
const MAX_DURATION_MS_DEFAULT = INPUT_LIMITS.inFlight.value;

/** A longer timer would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** What ends within a round is never registered, unless its deadline is shorter. */
const ROUND_MS = 1000;

/** One object in flight. */
export interface Tracked {
  /** Referred to strongly until it is registered with the garbage collector. */
  handle: object | undefined;
  readonly target: Abandonable;
  readonly deadlineMs: number;
  timer: NodeJS.Timeout | undefined;
  /** The list that contains it, until it is registered. */
  list: Tracked[] | undefined;
  /** Its index in that list. */
  index: number;
}

/**
 * Creates a tracker that uses the garbage collector, and timers that do not keep the process alive.
 *
 * Both cost more than all else that is recorded of a cache hit, so nearly everything ends before either is used: one
 * timer for all fires each second, and only what has been in flight for a whole round is registered and gets a timer.
 * Until then its handle is kept, so that a dropped one is noticed up to two rounds later than it could be.
 */
export function createAbandonmentTracker(): AbandonmentTracker {
  const registry = new FinalizationRegistry<Abandonable>((target) => target.abandon('collected'));
  // A timer keeps the context in which it is set: it must not be that of the first request.
  const outside = new AsyncResource('llm-edge-monitoring.abandoned');
  // Arrays, not sets: a set whose members come and go all the time is copied again and again, and each copy that has got
  // old keeps the next one, with all that was ever in it, until a full collection.
  let recent: Tracked[] = [];
  let earlier: Tracked[] = [];
  let isGoingRound = false;

  const register = (tracked: Tracked): void => {
    const { handle, target, deadlineMs } = tracked;
    tracked.handle = undefined;
    tracked.list = undefined;
    if (handle !== undefined) registry.register(handle, target, tracked);
    if (deadlineMs === Number.POSITIVE_INFINITY) return;
    const delayMs = Math.min(Math.max(deadlineMs - performance.now(), 0), TIMER_MS_MAX);
    tracked.timer = setTimeout(expire, delayMs, target).unref();
  };
  const goRound = (): void => {
    for (const tracked of earlier) register(tracked);
    earlier.length = 0;
    [recent, earlier] = [earlier, recent];
    isGoingRound = earlier.length > 0;
    if (isGoingRound) setTimeout(goRound, ROUND_MS).unref();
  };
  const startGoingRound = (): void => {
    isGoingRound = true;
    setTimeout(goRound, ROUND_MS).unref();
  };

  return {
    track(handle, target, maxDurationMs = MAX_DURATION_MS_DEFAULT, nowMs = performance.now()) {
      const durationMs = maxDurationMs > 0 ? maxDurationMs : MAX_DURATION_MS_DEFAULT;
      const tracked: Tracked = {
        handle,
        target,
        deadlineMs: nowMs + durationMs,
        timer: undefined,
        list: undefined,
        index: 0,
      };
      if (durationMs <= 2 * ROUND_MS) {
        outside.runInAsyncScope(register, undefined, tracked);
        return tracked;
      }
      tracked.list = recent;
      tracked.index = recent.push(tracked) - 1;
      if (!isGoingRound) outside.runInAsyncScope(startGoingRound);
      return tracked;
    },
    untrack(tracked) {
      const { list, index } = tracked;
      if (list !== undefined) {
        tracked.list = undefined;
        removeAt(list, index);
        return;
      }
      registry.unregister(tracked);
      clearTimeout(tracked.timer);
    },
  };
}

/** Fills the gap with the last element, so that a removal costs the same at any length. */
function removeAt(list: Tracked[], index: number): void {
  const last = list.pop();
  if (last === undefined || index === list.length) return;
  list[index] = last;
  last.index = index;
}

function expire(target: Abandonable): void {
  target.abandon('deadline');
}

/** The tracker of the process. */
export const PROCESS_TRACKER: AbandonmentTracker = createAbandonmentTracker();
