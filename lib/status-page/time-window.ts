/** Lengths of the time axis, in seconds: it grows in steps, so that the lines of a young process do not shrink each second. */
const WINDOWS = [60, 120, 300, 600, 900, 1800, 3600] as const;

/** What lies before such a pause, as when the machine slept, is not shown: it would leave no room for what came after. */
const PAUSE_SECONDS = 1800;

/** The time axis that has all points since the last long pause, the latest at its end. */
export function timeWindow(times: ArrayLike<number>): [from: number, to: number] {
  const last = times[times.length - 1] ?? 0;
  let first = last;
  for (let index = times.length - 2; index >= 0; index -= 1) {
    const time = times[index] ?? first;
    if (first - time > PAUSE_SECONDS) break;
    first = time;
  }
  const span = last - first;
  const length = WINDOWS.find((seconds) => seconds >= span) ?? span;
  return [last - length, last];
}
