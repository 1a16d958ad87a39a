import { isSteady, type Mix, mixOf, shareBelow, trueQuantile } from '../spec/support/log-normal.js';

/**
 * Searches the fewest bounds by which p50, p95 and p99 of any mix of answers are read within the tolerance, and prints
 * them. `DURATION_BUCKETS_MS` of the catalogue holds what it found, with bounds below for what is quicker and the last
 * one above.
 *
 * What `histogram_quantile` makes of a quantile depends on nothing but the two bounds around it. So it is enough to
 * take, from the lowest bound on, the farthest next one whose bucket misreads no quantile of any mix.
 */
const TOLERANCE = 0.095;
const SHARES_READ = [0.5, 0.95, 0.99] as const;
const LOWEST_MS = 300;
const MEDIANS_MS = [300, 15_000] as const;
const SIGMAS = [0.3, 1.2] as const;
const SHARES = [0.05, 1] as const;
const MIX_COUNT = 12_000;

interface Quantile {
  readonly mix: Mix;
  readonly share: number;
  readonly valueMs: number;
}

/** The same mixes each time: a linear congruential generator. */
let state = 18;
function random(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
}

/** Between two ends, which come oftener than all between them: there the worst lies. */
function between([low, high]: readonly [number, number], isLogarithmic = false): number {
  const kind = random();
  if (kind < 0.15) return low;
  if (kind < 0.3) return high;
  return isLogarithmic ? low * (high / low) ** random() : low + (high - low) * random();
}

function randomMix(): Mix {
  const count = 1 + Math.floor(random() * 3);
  return mixOf(
    Array.from({ length: count }, () => ({
      median: between(MEDIANS_MS, true),
      sigma: between(SIGMAS),
      share: between(SHARES),
    })),
  );
}

/** A mix of two peaks, with the quantile near the gap between them. */
function bimodalMix(index: number): Mix {
  const below = (SHARES_READ[index % SHARES_READ.length] ?? 0.5) + 0.02 * (random() - 0.5);
  const share = Math.min(below, 0.999);
  return [
    { median: between(MEDIANS_MS, true), sigma: between(SIGMAS), share },
    { median: between(MEDIANS_MS, true), sigma: between(SIGMAS), share: 1 - share },
  ];
}

/** Steady answers, which fill few buckets, with every median. */
function steadyMixes(count: number): Mix[] {
  const [low, high] = MEDIANS_MS;
  return Array.from({ length: count }, (_, index) => [
    { median: low * (high / low) ** (index / (count - 1)), sigma: SIGMAS[0], share: 1 },
  ]);
}

const quantiles: readonly Quantile[] = [
  ...Array.from({ length: MIX_COUNT }, randomMix),
  ...Array.from({ length: MIX_COUNT }, (_, index) => bimodalMix(index)),
  ...steadyMixes(MIX_COUNT / 6),
]
  .flatMap((mix) => SHARES_READ.map((share) => ({ mix, share, valueMs: trueQuantile(mix, share) })))
  .filter(({ mix, share }) => isSteady(mix, share))
  .sort((first, second) => first.valueMs - second.valueMs);

/** Numbers of two digits. */
const candidates = [10, 100, 1_000, 10_000, 100_000].flatMap((unit) =>
  Array.from({ length: 90 }, (_, index) => index + 10).map((digits) => (digits * unit) / 10),
);

function isGoodBucket(lowerMs: number, upperMs: number): boolean {
  return quantiles
    .filter(({ valueMs }) => valueMs > lowerMs && valueMs <= upperMs)
    .every(({ mix, share, valueMs }) => {
      const below = shareBelow(mix, lowerMs);
      const part = (share - below) / (shareBelow(mix, upperMs) - below);
      return Math.abs((lowerMs + (upperMs - lowerMs) * part) / valueMs - 1) <= TOLERANCE;
    });
}

const bounds = [LOWEST_MS];
const reachMs = quantiles.at(-1)?.valueMs ?? 0;
for (let lowerMs = LOWEST_MS; lowerMs < reachMs; lowerMs = bounds.at(-1) ?? reachMs) {
  const next = candidates.filter((upperMs) => upperMs > lowerMs && upperMs < 4 * lowerMs);
  const good = next.filter((upperMs) => isGoodBucket(lowerMs, upperMs));
  if (good.length === 0) throw new Error(`no bucket above ${lowerMs} ms is narrow enough`);
  bounds.push(Math.max(...good));
}
process.stdout.write(`${bounds.join(', ')}\n`);
