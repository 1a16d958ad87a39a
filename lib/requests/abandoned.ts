import { AsyncResource } from 'node:async_hooks';
import type { ErrorType } from '../catalogue/error-types.js';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';

/** Why nobody will end a request or operation any more. */
export type AbandonReason = 'collected' | 'deadline';

/** What the abandoned ends as: who let go of it wanted the answer no more; who still waits has waited too long. */
export const ABANDONED: Readonly<Record<AbandonReason, ErrorType>> = {
  collected: 'client_cancelled',
  deadline: 'timeout',
};

/** A request or operation in flight, as its watcher sees it. */
export interface Abandonable {
  abandon(reason: AbandonReason): void;
}

/** What `stop` needs to end a watch. */
export type WatchToken = Watched | undefined;

/** Ends what nobody else ends: handles that were garbage-collected, and requests that outlast their deadline. */
export interface Watcher {
  /**
   * @param held - what the caller holds; once it is collected, nobody can end `life`. `life` must not refer to it.
   * @param maxDurationMs - 30 minutes by default; `Infinity` sets no deadline.
   */
  watch(held: object, life: Abandonable, maxDurationMs: number | undefined): WatchToken;
  stop(token: WatchToken): void;
}

/** What a request or operation may last, if nothing else is said. */
const MAX_DURATION_MS_DEFAULT = INPUT_LIMITS.inFlight.value;

/** A longer timer would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** What is over sooner is never asked about, unless its deadline is sooner still. */
const ROUND_MS = 1000;

/** What is in flight: a request, an operation, or the body of an answer. */
export interface Watched {
  /** Kept only until the garbage collector is asked about it. */
  held: object | undefined;
  readonly life: Abandonable;
  readonly deadlineMs: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Creates a watcher that asks the garbage collector, and a timer that does not keep the process alive.
 *
 * Both cost more than all else that is recorded of a cache hit. So nearly everything ends before it is asked about:
 * one timer for all goes round each second, and only what has been in flight for a whole round gets a timer and
 * an entry in the registry of its own. Until then its handle is kept, so that a lost one is noticed up to two
 * rounds later than it could be.
 */
export function createWatcher(): Watcher {
  const registry = new FinalizationRegistry<Abandonable>((life) => life.abandon('collected'));
  // A timer keeps the context that it is set in: it must not be that of whichever request came first.
  const outside = new AsyncResource('llm-edge-monitoring.watch');
  let recent = new Set<Watched>();
  let earlier = new Set<Watched>();
  let isGoingRound = false;

  const askFor = (watched: Watched): void => {
    const { held, life, deadlineMs } = watched;
    watched.held = undefined;
    if (held !== undefined) registry.register(held, life, watched);
    if (deadlineMs === Number.POSITIVE_INFINITY) return;
    const delayMs = Math.min(Math.max(deadlineMs - performance.now(), 0), TIMER_MS_MAX);
    watched.timer = setTimeout(expire, delayMs, life).unref();
  };
  const goRound = (): void => {
    for (const watched of earlier) askFor(watched);
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
    watch(held, life, maxDurationMs = MAX_DURATION_MS_DEFAULT) {
      const durationMs = maxDurationMs > 0 ? maxDurationMs : MAX_DURATION_MS_DEFAULT;
      const watched = { held, life, deadlineMs: performance.now() + durationMs, timer: undefined };
      if (durationMs <= 2 * ROUND_MS) {
        outside.runInAsyncScope(askFor, undefined, watched);
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

function expire(life: Abandonable): void {
  life.abandon('deadline');
}

/** The watcher of the process. */
export const PROCESS_WATCHER: Watcher = createWatcher();
