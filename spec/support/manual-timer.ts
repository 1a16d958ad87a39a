import type { SetTimer } from '../../lib/otlp/deadline.js';

/** Timers that fire when the clock is moved, and never by themselves. */
export interface ManualTimer {
  readonly setTimer: SetTimer;
  readonly now: () => number;
  /** Delays of the timers that are set, in the order of setting. */
  readonly delays: readonly number[];
  /** Moves the clock and calls back what is due, in order, timers set meanwhile included. */
  advance(millis: number): void;
}

interface Entry {
  readonly callback: () => void;
  readonly delayMillis: number;
  readonly dueAt: number;
}

/** Makes a manual timer; its clock starts at zero. */
export function createManualTimer(): ManualTimer {
  const entries = new Set<Entry>();
  let nowMs = 0;
  return {
    now: () => nowMs,
    setTimer(callback, delayMillis) {
      const entry = { callback, delayMillis, dueAt: nowMs + delayMillis };
      entries.add(entry);
      return () => entries.delete(entry);
    },
    get delays() {
      return [...entries].map(({ delayMillis }) => delayMillis);
    },
    advance(millis) {
      const end = nowMs + millis;
      for (;;) {
        const due = [...entries].filter(({ dueAt }) => dueAt <= end).sort((a, b) => a.dueAt - b.dueAt)[0];
        if (due === undefined) break;
        entries.delete(due);
        nowMs = Math.max(nowMs, due.dueAt);
        due.callback();
      }
      nowMs = end;
    },
  };
}
