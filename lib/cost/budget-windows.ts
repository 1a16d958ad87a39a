/** The time after which a budget starts anew, aligned to UTC; weeks start on Monday. */
export type BudgetWindow = 'hour' | 'day' | 'week' | 'month' | { readonly ms: number };

/** Windows by name. */
export const WINDOW_NAMES = ['hour', 'day', 'week', 'month'] as const;

/** One window: from its start up to, and without, its end, in milliseconds since the epoch. */
export interface WindowBounds {
  readonly startMs: number;
  readonly endMs: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
/** The first Monday of the epoch, which began on a Thursday. */
const MONDAY_MS = 4 * DAY_MS;

/** The window that a moment lies in. */
export function windowAt(window: BudgetWindow, nowMs: number): WindowBounds {
  if (window === 'month') {
    const now = new Date(nowMs);
    const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()];
    return { startMs: Date.UTC(year, month), endMs: Date.UTC(year, month + 1) };
  }
  if (window === 'week') return aligned(nowMs, WEEK_MS, MONDAY_MS);
  if (window === 'day') return aligned(nowMs, DAY_MS, 0);
  if (window === 'hour') return aligned(nowMs, HOUR_MS, 0);
  return aligned(nowMs, window.ms, 0);
}

function aligned(nowMs: number, lengthMs: number, originMs: number): WindowBounds {
  const startMs = Math.floor((nowMs - originMs) / lengthMs) * lengthMs + originMs;
  return { startMs, endMs: startMs + lengthMs };
}
