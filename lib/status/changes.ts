import type { MetricSpec } from '../catalogue/metric-spec.js';
import { METRICS } from '../catalogue/metrics.js';
import type { Group, Groups, Reading, Snapshot } from './readings.js';

/** A reading at two times. */
export interface Change {
  readonly now: Groups;
  readonly before: Groups;
  /** The time between the two, at least a second. */
  readonly seconds: number;
  /** Upper bounds of the buckets, if the metric is a histogram. */
  readonly bounds: readonly number[];
}

/** A page that is opened right after the start would show a few requests as hundreds per second. */
const SECONDS_MIN = 1;
const NO_GROUPS: Groups = new Map();

/** What became of a reading between two snapshots. */
export function changeOf(reading: Reading, now: Snapshot, before: Snapshot): Change {
  const { buckets = [] }: MetricSpec = METRICS[reading.metric];
  return {
    now: now.groups.get(reading) ?? NO_GROUPS,
    before: before.groups.get(reading) ?? NO_GROUPS,
    seconds: Math.max(SECONDS_MIN, (now.atMs - before.atMs) / 1000),
    bounds: buckets,
  };
}

/** Returns by how much a counter, or the records of a histogram, increased. A fall means that it began anew. */
export function increaseOf({ now, before }: Change, key: string): number {
  const value = now.get(key)?.value ?? 0;
  const increase = value - (before.get(key)?.value ?? 0);
  return increase < 0 ? value : increase;
}

/** Returns the increase of a counter per second. */
export function rateOf(change: Change, key: string): number {
  return increaseOf(change, key) / change.seconds;
}

/** Returns the increase of all groups with a label of this value, or of all groups. */
export function totalIncrease(change: Change, isWanted: (group: Group) => boolean = () => true): number {
  let total = 0;
  for (const [key, group] of change.now) if (isWanted(group)) total += increaseOf(change, key);
  return total;
}

/** Returns a quantile of the records of a histogram between the two times; `null` if there was none. */
export function quantileOf({ now, before, bounds }: Change, key: string, quantile: number): number | null {
  const counts = now.get(key)?.buckets;
  if (counts === undefined) return null;
  const earlier = before.get(key)?.buckets;
  const isReset = counts.some((count, index) => count < (earlier?.[index] ?? 0));
  const increases = isReset ? counts : counts.map((count, index) => count - (earlier?.[index] ?? 0));
  return bucketQuantile(bounds, increases, quantile);
}

/**
 * Returns a quantile of the records in buckets, as `histogram_quantile` of Prometheus does: by linear interpolation
 * within a bucket whose first one begins at zero. Of the last bucket, which has no upper bound, its lower one counts.
 *
 * @param counts - the records in each bucket, one more than there are bounds
 * @returns `null` if there are no records
 */
export function bucketQuantile(
  bounds: readonly number[],
  counts: readonly number[],
  quantile: number,
): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total <= 0) return null;
  const rank = quantile * total;
  let below = 0;
  for (let index = 0; index < bounds.length; index += 1) {
    const count = counts[index] ?? 0;
    if (count > 0 && below + count >= rank) {
      const lower = bounds[index - 1] ?? 0;
      const upper = bounds[index] ?? 0;
      return lower + ((upper - lower) * (rank - below)) / count;
    }
    below += count;
  }
  return bounds.at(-1) ?? null;
}
