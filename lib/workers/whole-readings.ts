import type { GroupReading } from '../merge/published.js';
import type { FoldedLives } from './group-files.js';

/** A worker whose files somebody has cleared away has published again after this time, in a folder made again. */
const REPUBLISH_MILLIS = 3_000;

/** Reads a group so that its counters do not step back while files of living workers are missing. */
export interface WholeReadings<Totals> {
  /**
   * Returns what everybody has published; the reading before while a worker's files are gone that nobody has folded, for
   * as long as that worker needs to publish again, or while the folder cannot be read.
   *
   * @throws what the system throws, if there is no reading before, or if the folder stays away.
   */
  read(nowMs: number): GroupReading<Totals>;
}

export function createWholeReadings<Totals>(files: {
  read(): GroupReading<Totals>;
  folded(): FoldedLives;
}): WholeReadings<Totals> {
  let last: GroupReading<Totals> | undefined;
  let isGoneSinceMs: number | undefined;

  function isWhole(reading: GroupReading<Totals>): boolean {
    if (last === undefined || last.epoch !== reading.epoch) return true;
    const there = new Set(reading.living.map(({ id }) => id));
    const gone = last.living.filter(({ id }) => !there.has(id));
    return gone.length === 0 || gone.every(({ id }) => files.folded().ids.has(id));
  }

  function isLate(nowMs: number): boolean {
    isGoneSinceMs ??= nowMs;
    return nowMs - isGoneSinceMs > REPUBLISH_MILLIS;
  }

  return {
    read(nowMs) {
      try {
        const reading = files.read();
        if (last !== undefined && !isWhole(reading) && !isLate(nowMs)) return last;
        isGoneSinceMs = undefined;
        last = reading;
        return reading;
      } catch (error) {
        const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT';
        if (last === undefined || (isGone && isLate(nowMs))) throw error;
        return last;
      }
    },
  };
}
