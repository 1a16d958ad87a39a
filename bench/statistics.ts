/** The value below which a share of the samples lies, between neighbours by interpolation. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

/** The middle of the samples: one disturbed round does not move it. */
export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/** Half the distance between the quartiles, as a share of the median. */
export function spread(samples: readonly number[]): number {
  return (quantile(samples, 0.75) - quantile(samples, 0.25)) / 2 / Math.abs(median(samples));
}

/**
 * The median of the ratios of each round. Both sides of one round ran on the same machine at nearly the same time,
 * so that a busy neighbour slows both and the ratio stays.
 */
export function pairedRatio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)));
}
