import type { ErrorType } from '../catalogue/error-types.js';

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
export type WatchToken = NodeJS.Timeout | undefined;

/** Ends what nobody else ends: handles that were garbage-collected, and requests that outlast their deadline. */
export interface Watcher {
  /**
   * @param held - what the caller holds; once it is collected, nobody can end `life`. `life` must not refer to it.
   * @param maxDurationMs - 30 minutes by default; `Infinity` sets no deadline.
   */
  watch(held: object, life: Abandonable, maxDurationMs: number | undefined): WatchToken;
  stop(life: Abandonable, token: WatchToken): void;
}

/** What a request or operation may last, if nothing else is said. */
const MAX_DURATION_MS_DEFAULT = 30 * 60_000;

/** A longer timer would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

const registry = new FinalizationRegistry<Abandonable>((life) => life.abandon('collected'));

function expire(life: Abandonable): void {
  life.abandon('deadline');
}

/** The watcher of the process: the garbage collector, and a timer that does not keep the process alive. */
export const PROCESS_WATCHER: Watcher = {
  watch(held, life, maxDurationMs = MAX_DURATION_MS_DEFAULT) {
    registry.register(held, life, life);
    if (maxDurationMs === Number.POSITIVE_INFINITY) return undefined;
    const delayMs = maxDurationMs > 0 ? Math.min(maxDurationMs, TIMER_MS_MAX) : MAX_DURATION_MS_DEFAULT;
    return setTimeout(expire, delayMs, life).unref();
  },
  stop(life, token) {
    registry.unregister(life);
    clearTimeout(token);
  },
};
