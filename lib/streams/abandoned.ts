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

/** A request, an operation or a body in flight, as its watcher sees it. */
export interface Abandonable {
  abandon(reason: AbandonReason): void;
}

/** Returned by `watch` and passed to `stop`. */
export type WatchToken = Watched | undefined;

/** Ends what nothing else ends: handles that were garbage-collected, and requests that outlast their deadline. */
export interface Watcher {
  /**
   * @param handle - the object that the caller has; `target` must not refer to it. When it is garbage-collected, nothing
   *   can end `target` any more.
   * @param maxDurationMs - 30 minutes by default; `Infinity` sets no deadline.
   */
  watch(handle: object, target: Abandonable, maxDurationMs: number | undefined): WatchToken;
  stop(token: WatchToken): void;
}

/** The default of how long a request or operation may last. */
const MAX_DURATION_MS_DEFAULT = INPUT_LIMITS.inFlight.value;

/** A longer timer would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** What ends within a round is never registered, unless its deadline is shorter. */
const ROUND_MS = 1000;

/** One object in flight. */
export interface Watched {
  /** Referred to strongly until it is registered with the garbage collector. */
  handle: object | undefined;
  readonly target: Abandonable;
  readonly deadlineMs: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Creates a watcher that uses the garbage collector, and timers that do not keep the process alive.
 *
 * Both cost more than all else that is recorded of a cache hit, so nearly everything ends before either is used: one
 * timer for all fires each second, and only what has been in flight for a whole round is registered and gets a timer.
 * Until then its handle is kept, so that a dropped one is noticed up to two rounds later than it could be.
 */
export function createWatcher(): Watcher {
  const registry = new FinalizationRegistry<Abandonable>((target) => target.abandon('collected'));
  // A timer keeps the context in which it is set: it must not be that of the first request.
  const outside = new AsyncResource('llm-edge-monitoring.watch');
  let recent = new Set<Watched>();
  let earlier = new Set<Watched>();
  let isGoingRound = false;

  const register = (watched: Watched): void => {
    const { handle, target, deadlineMs } = watched;
    watched.handle = undefined;
    if (handle !== undefined) registry.register(handle, target, watched);
    if (deadlineMs === Number.POSITIVE_INFINITY) return;
    const delayMs = Math.min(Math.max(deadlineMs - performance.now(), 0), TIMER_MS_MAX);
    watched.timer = setTimeout(expire, delayMs, target).unref();
  };
  const goRound = (): void => {
    for (const watched of earlier) register(watched);
    earlier.clear();
    [recent, earlier] = [earlier, recent];
    isGoingRound = earlier.size > 0;
    if (isGoingRound) setTimeout(goRound, ROUND_MS).unref();
  };
  const startGoingRound = (): void => {
    isGoingRound = true;
    setTimeout(goRound, ROUND_MS).unref();
  };

  return {
    watch(handle, target, maxDurationMs = MAX_DURATION_MS_DEFAULT) {
      const durationMs = maxDurationMs > 0 ? maxDurationMs : MAX_DURATION_MS_DEFAULT;
      const watched = { handle, target, deadlineMs: performance.now() + durationMs, timer: undefined };
      if (durationMs <= 2 * ROUND_MS) {
        outside.runInAsyncScope(register, undefined, watched);
        return watched;
      }
      recent.add(watched);
      if (!isGoingRound) outside.runInAsyncScope(startGoingRound);
      return watched;
    },
    stop(watched) {
      if (watched === undefined || recent.delete(watched) || earlier.delete(watched)) return;
      registry.unregister(watched);
      clearTimeout(watched.timer);
    },
  };
}

function expire(target: Abandonable): void {
  target.abandon('deadline');
}

/** The watcher of the process. */
export const PROCESS_WATCHER: Watcher = createWatcher();
