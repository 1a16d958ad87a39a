import type { ChartPanel, StatusSeries, StatusUnit } from '../status/status-document.js';

/** The units whose values add up over the series of a chart; a percentile or a share does not. */
const ADDITIVE = new Set<StatusUnit>(['count', 'per_second', 'tokens_per_second', 'usd', 'usd_per_second']);

/** Series beside the main value of a chart. */
const OTHERS_MAX = 2;

/** A value and the series that it is of; no series where it is the sum of several. */
export interface LatestValue {
  readonly name?: string;
  readonly value: number | null;
}

/** A chart in a few numbers: the main one and those that explain it. */
export interface LatestValues {
  readonly main: LatestValue;
  readonly others: readonly LatestValue[];
}

const latestOf = ({ name, values }: StatusSeries): { name: string; value: number | null } => ({
  name,
  value: values.at(-1) ?? null,
});

/**
 * The latest values of a chart: of amounts the sum of all series, and the largest of them; of anything else the first
 * series, and those after it.
 */
export function latestValues({ unit, series }: ChartPanel): LatestValues {
  const all = series.map(latestOf);
  const [first, ...rest] = all;
  if (first === undefined) return { main: { value: null }, others: [] };
  if (rest.length === 0) return { main: { value: first.value }, others: [] };
  if (!ADDITIVE.has(unit)) return { main: first, others: rest.slice(0, OTHERS_MAX) };
  const known = all.filter(({ value }) => value !== null);
  const sum = known.reduce((total, { value }) => total + (value ?? 0), 0);
  const largest = known.filter(({ value }) => value !== 0).sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
  return { main: { value: known.length > 0 ? sum : null }, others: largest.slice(0, OTHERS_MAX) };
}

/** The series of a chart with the largest values, in the order of the chart, and how many are left out. */
export function largestSeries(
  series: readonly StatusSeries[],
  most: number,
): { readonly shown: readonly StatusSeries[]; readonly leftOut: number } {
  if (series.length <= most) return { shown: series, leftOut: 0 };
  const peaks = new Map(
    series.map((one) => [one, one.values.reduce<number>((peak, value) => Math.max(peak, value ?? -1), -1)]),
  );
  const kept = new Set([...series].sort((a, b) => (peaks.get(b) ?? 0) - (peaks.get(a) ?? 0)).slice(0, most));
  return { shown: series.filter((one) => kept.has(one)), leftOut: series.length - most };
}
