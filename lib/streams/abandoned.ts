import { AsyncResource } from 'node:async_hooks';
import type { ErrorType } from '../catalogue/error-types.js';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';

/** Why a request, an operation or a body was abandoned: its handle was garbage-collected, or its deadline passed. */
export type AbandonReason = 'collected' | 'deadline';

/** The error type for each reason: the caller dropped the answer, or waited for it too long. */
export const ABANDONED: Readonly<Record<AbandonReason, ErrorType>> = {
  collected: 'client_cancelled',
  deadline: 'timeout',
};

/** A request, an operation or a body in flight. */
export interface Abandonable {
  /** Called before its handle is left to the garbage collector: what may refer to the handle is now referenced weakly. */
  weaken?(): void;
  abandon(reason: AbandonReason): void;
}

/** Ends requests whose handle was garbage-collected or whose deadline has passed. */
export interface AbandonmentTracker {
  /**
   * @param handle - the object that the caller holds; `target` must not refer to it. Once it is garbage-collected, the
   *   caller can no longer end `target`.
   * @param maxDurationMs - 30 minutes by default; `Infinity` sets no deadline.
   * @param nowMs - the time by `performance.now()`, if the caller has just read it.
   * @returns the argument of `untrack`.
   */
  track(handle: object, target: Abandonable, maxDurationMs: number | undefined, nowMs?: number): Tracked;
  untrack(tracked: Tracked): void;
}

/** How long a request or operation may last by default. */
const MAX_DURATION_MS_DEFAULT = INPUT_LIMITS.inFlight.value;

/** Node fires a timer with a longer delay at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Objects that end within this interval are never registered, unless their deadline is shorter. */
const SWEEP_MS = 1000;

/** One object in flight. */
export interface Tracked {
  /** A strong reference, until the handle is registered with the garbage collector. */
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
 * Both cost more than everything else that is recorded for a cache hit, so most objects should end before either is
 * used. One shared timer fires every second. An object is registered and gets its own deadline timer only after it has
 * been in flight for a whole interval. Until then its handle is kept, so a dropped handle is noticed up to two
 * intervals later.
 */
export function createAbandonmentTracker(): AbandonmentTracker {
  const registry = new FinalizationRegistry<Abandonable>((target) => target.abandon('collected'));
  // A timer keeps the context in which it is set, which must not be the context of the first request.
  const outside = new AsyncResource('llm-edge-monitoring.abandoned');
  // Arrays, not sets: a set whose members change constantly is reallocated again and again, and each old table that
  // survives keeps the next one and all its former members in memory until a full garbage collection.
  let recent: Tracked[] = [];
  let earlier: Tracked[] = [];
  let isSweeping = false;

  const register = (tracked: Tracked): void => {
    const { handle, target, deadlineMs } = tracked;
    tracked.handle = undefined;
    tracked.list = undefined;
    target.weaken?.();
    if (handle !== undefined) registry.register(handle, target, tracked);
    if (deadlineMs === Number.POSITIVE_INFINITY) return;
    const delayMs = Math.min(Math.max(deadlineMs - performance.now(), 0), TIMER_MS_MAX);
    tracked.timer = setTimeout(expire, delayMs, target).unref();
  };
  const sweep = (): void => {
    for (const tracked of earlier) register(tracked);
    earlier.length = 0;
    [recent, earlier] = [earlier, recent];
    isSweeping = earlier.length > 0;
    if (isSweeping) setTimeout(sweep, SWEEP_MS).unref();
  };
  const startSweeping = (): void => {
    isSweeping = true;
    setTimeout(sweep, SWEEP_MS).unref();
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
      if (durationMs <= 2 * SWEEP_MS) {
        outside.runInAsyncScope(register, undefined, tracked);
        return tracked;
      }
      tracked.list = recent;
      tracked.index = recent.push(tracked) - 1;
      if (!isSweeping) outside.runInAsyncScope(startSweeping);
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

/** Moves the last element into the gap, so that a removal takes constant time. */
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
