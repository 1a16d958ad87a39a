/** Lengths of the time axis, in seconds: it grows in steps, so that the lines of a young process do not shrink each second. */
const WINDOWS = [60, 120, 300, 600, 900, 1800, 3600] as const;

/** The time axis that has all points, the latest at its end. */
export function timeWindow(times: ArrayLike<number>): [from: number, to: number] {
  const last = times[times.length - 1] ?? 0;
  const span = last - (times[0] ?? last);
  const length = WINDOWS.find((seconds) => seconds >= span) ?? span;
  return [last - length, last];
}
