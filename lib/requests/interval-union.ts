/** A span of time, both ends in the same clock. */
export type Interval = readonly [startMs: number, endMs: number];

/**
 * Measures the time within a window that at least one interval covers. Overlaps count once, what lies outside
 * the window not at all.
 *
 * @param intervals - in any order; one that ends before it starts covers nothing.
 * @returns milliseconds, between 0 and the length of the window.
 */
export function unionMs(intervals: readonly Interval[], fromMs: number, toMs: number): number {
  if (intervals.length === 0) return 0;
  const sorted = [...intervals].sort((first, second) => first[0] - second[0]);
  let coveredMs = 0;
  let reachedMs = fromMs;
  for (const [startMs, endMs] of sorted) {
    const openMs = Math.max(startMs, reachedMs);
    const closeMs = Math.min(endMs, toMs);
    if (closeMs <= openMs) continue;
    coveredMs += closeMs - openMs;
    reachedMs = closeMs;
  }
  return coveredMs;
}
