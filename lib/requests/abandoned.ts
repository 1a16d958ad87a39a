import { AsyncResource } from 'node:async_hooks';
import type { ErrorType } from '../catalogue/error-types.js';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';

/** Why nothing will end a request or operation any more. */
export type AbandonReason = 'collected' | 'deadline';

/** The error type of an abandoned request: a dropped handle says that the answer was not wanted any more. */
export const ABANDONED: Readonly<Record<AbandonReason, ErrorType>> = {
  collected: 'client_cancelled',
  deadline: 'timeout',
};

/** The lifecycle of a request, an operation or the body of an answer. */
export interface Abandonable {
  abandon(reason: AbandonReason): void;
}

/** Ends what nothing else ends: handles that were garbage-collected, and requests that outlast their deadline. */
export interface AbandonmentTracker {
  /**
   * @param handle - what the caller has; once it is collected, nothing can end `lifecycle`, which must not refer to it.
   * @param maxDurationMs - 30 minutes by default; `Infinity` sets no deadline.
   * @param nowMs - the time by `performance.now()`, where the caller has just read it.
   * @returns what `untrack` needs.
   */
  track(handle: object, lifecycle: Abandonable, maxDurationMs: number | undefined, nowMs?: number): Tracked;
  untrack(tracked: Tracked): void;
}

/** A request, operation or body in flight: a node of one of two linked lists until it is asked about. */
export interface Tracked {
  /** Kept only until the garbage collector is asked about it. */
  handle: object | undefined;
  readonly lifecycle: Abandonable;
  readonly deadlineMs: number;
  timer: NodeJS.Timeout | undefined;
  previous: Link | undefined;
  next: Link | undefined;
}

/** The ends of a list, or a node in it. */
type Link = Pick<Tracked, 'previous' | 'next'>;

/** What a request or operation may last, if nothing else is said. */
const MAX_DURATION_MS_DEFAULT = INPUT_LIMITS.inFlight.value;

/** A longer timer would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** The garbage collector is not asked about what is over sooner, unless its deadline is sooner still. */
const ROUND_MS = 1000;

/**
 * Creates a tracker that asks the garbage collector, and a timer that does not keep the process alive.
 *
 * Both cost more than all else that is recorded of a cache hit. So nearly everything ends before it is asked about:
 * one timer for all fires each second, and only what has been in flight for a whole round gets a timer and an entry in
 * the registry of its own. Until then its handle is kept, so that a lost one is noticed up to two rounds later than it
 * could be. The lists are linked ones, since most of what is tracked leaves them within milliseconds: that allocates
 * nothing and hashes nothing.
 */
export function createAbandonmentTracker(): AbandonmentTracker {
  const registry = new FinalizationRegistry<Abandonable>((lifecycle) => lifecycle.abandon('collected'));
  // A timer keeps the context that it is set in: it must not be that of whichever request came first.
  const outside = new AsyncResource('llm-edge-monitoring.abandoned');
  let recent = createList();
  let earlier = createList();
  let hasTimer = false;

  const ask = (tracked: Tracked): void => {
    const { handle, lifecycle, deadlineMs } = tracked;
    tracked.handle = undefined;
    if (handle !== undefined) registry.register(handle, lifecycle, tracked);
    if (deadlineMs === Number.POSITIVE_INFINITY) return;
    const delayMs = Math.min(Math.max(deadlineMs - performance.now(), 0), TIMER_MS_MAX);
    tracked.timer = setTimeout(expire, delayMs, lifecycle).unref();
  };
  const finishRound = (): void => {
    for (let link = earlier.next; link !== earlier && link !== undefined; link = earlier.next) {
      remove(link);
      ask(link as Tracked);
    }
    [recent, earlier] = [earlier, recent];
    hasTimer = earlier.next !== earlier;
    if (hasTimer) setTimeout(finishRound, ROUND_MS).unref();
  };
  const startRounds = (): void => {
    hasTimer = true;
    setTimeout(finishRound, ROUND_MS).unref();
  };

  return {
    track(handle, lifecycle, maxDurationMs = MAX_DURATION_MS_DEFAULT, nowMs = performance.now()) {
      const durationMs = maxDurationMs > 0 ? maxDurationMs : MAX_DURATION_MS_DEFAULT;
      const tracked: Tracked = {
        handle,
        lifecycle,
        deadlineMs: nowMs + durationMs,
        timer: undefined,
        previous: undefined,
        next: undefined,
      };
      if (durationMs <= 2 * ROUND_MS) {
        outside.runInAsyncScope(ask, undefined, tracked);
        return tracked;
      }
      append(recent, tracked);
      if (!hasTimer) outside.runInAsyncScope(startRounds);
      return tracked;
    },
    untrack(tracked) {
      if (remove(tracked)) return;
      registry.unregister(tracked);
      clearTimeout(tracked.timer);
    },
  };
}

function createList(): Link {
  const list: Link = { previous: undefined, next: undefined };
  list.previous = list;
  list.next = list;
  return list;
}

function append(list: Link, link: Link): void {
  const last = list.previous ?? list;
  link.previous = last;
  link.next = list;
  last.next = link;
  list.previous = link;
}

/** Takes a link out of its list; false where it is in none. */
function remove(link: Link): boolean {
  const { previous, next } = link;
  if (previous === undefined || next === undefined) return false;
  previous.next = next;
  next.previous = previous;
  link.previous = undefined;
  link.next = undefined;
  return true;
}

function expire(lifecycle: Abandonable): void {
  lifecycle.abandon('deadline');
}

/** The tracker of the process. */
export const PROCESS_TRACKER: AbandonmentTracker = createAbandonmentTracker();
