/**
 * The period after which a budget restarts. Days, weeks and months begin at midnight in the budget's time zone, weeks
 * on Monday, and hours with its clocks; `{ ms }` counts from the epoch.
 */
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

/** The window that contains a moment. Windows have no gaps between them, even where clocks are set forward or back. */
export function windowAt(window: BudgetWindow, nowMs: number, offset: ZoneOffset): WindowBounds {
  if (typeof window === 'object') return aligned(nowMs, window.ms, 0);
  if (window === 'hour') return hourAt(nowMs, offset);
  const inDates = (dateMs: number): WindowBounds => {
    const dates = datesOf(window, dateMs);
    return { startMs: startOfDate(dates.startMs, offset), endMs: startOfDate(dates.endMs, offset) };
  };
  const dateMs = nowMs + offset(nowMs);
  const bounds = inDates(dateMs);
  // After clocks are set back over midnight they show the previous day again, although its window has ended.
  return nowMs < bounds.endMs ? bounds : inDates(datesOf(window, dateMs).endMs);
}

/** The dates at which a window begins and ends, as their midnights in UTC. */
function datesOf(window: 'day' | 'week' | 'month', dateMs: number): WindowBounds {
  if (window === 'day') return aligned(dateMs, DAY_MS, 0);
  if (window === 'week') return aligned(dateMs, WEEK_MS, MONDAY_MS);
  const date = new Date(dateMs);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return { startMs: Date.UTC(year, month), endMs: Date.UTC(year, month + 1) };
}

/**
 * The first moment of a date: its midnight, the first of two where clocks are set back to it, or the moment at which
 * they are set forward over it.
 *
 * @param dateMs - the midnight of the date in UTC.
 */
function startOfDate(dateMs: number, offset: ZoneOffset): number {
  const hasBegun = (atMs: number): boolean => atMs + offset(atMs) >= dateMs;
  const offsets = [offset(dateMs - DAY_MS), offset(dateMs + DAY_MS)];
  const earliestMs = dateMs - Math.max(...offsets);
  const latestMs = dateMs - Math.min(...offsets);
  for (const atMs of [earliestMs, latestMs]) {
    if (hasBegun(atMs) && !hasBegun(atMs - 1)) return atMs;
  }
  return firstMoment(earliestMs, latestMs, hasBegun);
}

/** An hour on the clock. It is shorter where the clock is shifted by a part of an hour. */
function hourAt(nowMs: number, offset: ZoneOffset): WindowBounds {
  const nowOffset = offset(nowMs);
  const { startMs, endMs } = aligned(nowMs, HOUR_MS, -nowOffset);
  const isShifted = (atMs: number): boolean => (offset(atMs) - nowOffset) % HOUR_MS !== 0;
  return {
    startMs: isShifted(startMs) ? firstMoment(startMs, nowMs, (atMs) => !isShifted(atMs)) : startMs,
    endMs: isShifted(endMs - 1) ? firstMoment(nowMs, endMs - 1, isShifted) : endMs,
  };
}

/** Returns the first moment after `afterMs` from which a condition is true, or `untilMs` at the latest. */
function firstMoment(afterMs: number, untilMs: number, isTrueAt: (atMs: number) => boolean): number {
  let [before, at] = [afterMs, untilMs];
  while (at - before > 1) {
    const middle = before + Math.floor((at - before) / 2);
    if (isTrueAt(middle)) at = middle;
    else before = middle;
  }
  return at;
}

function aligned(nowMs: number, lengthMs: number, originMs: number): WindowBounds {
  const startMs = Math.floor((nowMs - originMs) / lengthMs) * lengthMs + originMs;
  return { startMs, endMs: startMs + lengthMs };
}

/** How far the clocks of a time zone are ahead of UTC at a moment, in milliseconds. */
export type ZoneOffset = (atMs: number) => number;

/** The default time zone of a budget, which needs no data. */
export const UTC = 'UTC';

/** `GMT+05:30` or `GMT`, for example; some zones once had offsets with seconds. */
const OFFSET = /GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?$/;

/** Whether a value is the name of a time zone with data in this process. Offsets such as `+01:00` are not names. */
export function isTimeZone(name: unknown): name is string {
  if (typeof name !== 'string' || !/^[a-z]/i.test(name)) return false;
  try {
    formatIn(name);
    return true;
  } catch {
    // The error only means that the zone does not exist.
    return false;
  }
}

/** Creates the function that returns the offset of a time zone. It is slow enough to be called only once a window. */
export function createZoneOffset(timeZone: string): ZoneOffset {
  if (timeZone === UTC) return () => 0;
  const format = formatIn(timeZone);
  return (atMs) => {
    // An invalid date has no offset, and `format` would throw.
    if (Number.isNaN(new Date(atMs).getTime())) return 0;
    const [, sign, hours = 0, minutes = 0, seconds = 0] = OFFSET.exec(format.format(atMs)) ?? [];
    const size = Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1000;
    return sign === '-' ? -size : size;
  };
}

function formatIn(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
}
