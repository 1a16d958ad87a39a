/** The value below which a share of the samples lies, between neighbours by interpolation. */
function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

/** The middle of the samples: one disturbed sample does not move it. */
export function median(samples: readonly number[]): number {
  return quantile(ascending(samples), 0.5);
}

/** Both ends of an interval. */
export type Interval = readonly [low: number, high: number];

/** Share of the intervals that may miss the true median, half of it on each side. */
const MISSED_SHARE = 0.05;

/**
 * An interval that holds the true median in at least 95 of 100 cases, whatever the distribution: from the k-th smallest
 * to the k-th largest sample. A sample lies below the median with probability one half, so that the number below it is
 * binomial; k is the largest number for which fewer than k samples below it have a probability of at most 2.5 %.
 *
 * @returns `undefined` for fewer than six samples, which cannot support such an interval
 */
export function medianInterval(samples: readonly number[]): Interval | undefined {
  const sorted = ascending(samples);
  const count = sorted.length;
  let probability = 0.5 ** count;
  let cumulative = 0;
  let k = 0;
  while (cumulative + probability <= MISSED_SHARE / 2) {
    cumulative += probability;
    probability *= (count - k) / (k + 1);
    k += 1;
  }
  const [low, high] = [sorted[k - 1], sorted[count - k]];
  return low === undefined || high === undefined ? undefined : [low, high];
}

/** The ratio of each sample to its pair, which was measured on the same machine at nearly the same time. */
export function pairedRatios(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.map((value, index) => value / (theirs[index] ?? Number.NaN));
}

function ascending(samples: readonly number[]): number[] {
  return [...samples].sort((a, b) => a - b);
}
