/** One log-normal distribution, as a part of a mix. */
export interface LogNormal {
  readonly median: number;
  /** Standard deviation of the logarithm: 0.3 is steady, 1.2 has a 99th percentile of 16 medians. */
  readonly sigma: number;
  /** Shares of a mix add up to 1. */
  readonly share: number;
}

export type Mix = readonly LogNormal[];

/** Makes the shares of a mix add up to 1. */
export function mixOf(parts: readonly LogNormal[]): Mix {
  const whole = parts.reduce((sum, { share }) => sum + share, 0);
  return parts.map((part) => ({ ...part, share: part.share / whole }));
}

/** The share of a mix that is at most `value`. */
export function shareBelow(mix: Mix, value: number): number {
  return mix.reduce(
    (sum, { median, sigma, share }) => sum + share * normalShare(Math.log(value / median) / sigma),
    0,
  );
}

/** The value that a share of a mix is at most. */
export function trueQuantile(mix: Mix, share: number): number {
  let [low, high] = [Math.log(1e-3), Math.log(1e9)];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (shareBelow(mix, Math.exp(middle)) < share) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2);
}

/** What `histogram_quantile` of Prometheus says: a straight line through the bucket that the quantile lies in. */
export function bucketQuantile(mix: Mix, share: number, bounds: readonly number[]): number {
  let [lower, below] = [0, 0];
  for (const upper of bounds) {
    const upTo = shareBelow(mix, upper);
    if (upTo >= share) return lower + ((upper - lower) * (share - below)) / (upTo - below);
    [lower, below] = [upper, upTo];
  }
  return lower;
}

/**
 * Whether a quantile is one that somebody could read off the answers themselves: not in the gap between two humps, where
 * a thousandth of the answers more or less moves it by more than a tenth.
 */
export function isSteady(mix: Mix, share: number): boolean {
  return trueQuantile(mix, share + 0.001) < 1.1 * trueQuantile(mix, share - 0.001);
}

/** The standard normal distribution, to about 1e-7 of the share, after Numerical Recipes' `erfc`. */
function normalShare(deviations: number): number {
  const z = Math.abs(deviations) / Math.SQRT2;
  const t = 1 / (1 + 0.5 * z);
  const polynomial = COEFFICIENTS.reduceRight((sum, coefficient) => sum * t + coefficient, 0);
  const tail = (t * Math.exp(-z * z + polynomial)) / 2;
  return deviations >= 0 ? 1 - tail : tail;
}

const COEFFICIENTS = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
  -0.82215223, 0.17087277,
] as const;
