/** One bucket of a histogram: its upper bound as written, and how much lies at or below it. */
export interface Bucket {
  readonly le: string;
  readonly value: number;
}

/**
 * Estimates a quantile as `histogram_quantile` of Prometheus does, by linear interpolation within a bucket. Buckets of
 * several series are added up.
 *
 * @returns `null` for a histogram without values.
 */
export function quantileOf(quantile: number, buckets: readonly Bucket[]): number | null {
  const counts = new Map<number, number>();
  for (const { le, value } of buckets) {
    const bound = le === '+Inf' ? Infinity : le === '' ? Number.NaN : Number(le);
    if (!Number.isNaN(bound)) counts.set(bound, (counts.get(bound) ?? 0) + value);
  }
  const sorted = [...counts].sort(([a], [b]) => a - b);
  const total = counts.get(Infinity) ?? 0;
  if (total <= 0) return null;
  const rank = quantile * total;
  let lower = 0;
  let below = 0;
  for (const [bound, count] of sorted) {
    // Series that were scraped at different times may be out of step.
    const upTo = Math.max(below, count);
    if (upTo >= rank) {
      if (bound === Infinity) return lower;
      return upTo === below ? bound : lower + ((bound - lower) * (rank - below)) / (upTo - below);
    }
    lower = bound;
    below = upTo;
  }
  return null;
}
