import { WATCHED, WATCHED_ROWS, type WatchedMetric, type WatchedName } from './watched-metrics.js';

/** The labels of a series; text from outside. */
export type SeriesLabels = Readonly<Record<string, string>>;

/** One series of a reading, over all processes. */
export interface ReadSeries {
  readonly labels: SeriesLabels;
  /** Per second for a counter or a bucket; the present value of a gauge. */
  value: number;
  /** What a counter or a bucket has risen by since the reading before. */
  increase: number;
}

/** The series of one metric, by the text of their labels. */
export type SeriesByLabels = Map<string, ReadSeries>;

/** Which targets there are, and what is wrong with them. */
export interface TargetStates {
  /** `undefined` where it cannot be found out. */
  readonly known: number | undefined;
  readonly answering: number;
  /** What is wrong: text from outside. */
  readonly problems: readonly string[];
}

/** What one look at all targets found. */
export interface Reading {
  /** Time that the rates are over; 0 for the first look at pages, which only knows where counters begin. */
  readonly seconds: number;
  /** Time since the reading before, which the increases are over; 0 for the first one. */
  readonly elapsedSeconds: number;
  readonly series: Readonly<Record<WatchedName, SeriesByLabels>>;
  readonly targets: TargetStates;
  /** Names of the services. */
  readonly services: readonly string[];
}

/** Where readings come from. */
export interface Source {
  /** What is watched, for the title. */
  readonly title: string;
  read(signal: AbortSignal): Promise<Reading>;
}

export function emptySeries(): Record<WatchedName, SeriesByLabels> {
  return Object.fromEntries(WATCHED_ROWS.map(([name]) => [name, new Map()])) as never;
}

/** Adds a value to the series of a metric, by the labels that the metric keeps. */
export function addSeries(
  all: Readonly<Record<WatchedName, SeriesByLabels>>,
  name: WatchedName,
  labels: SeriesLabels,
  value: number,
  increase = 0,
): void {
  const { by, combine }: WatchedMetric = WATCHED[name];
  const kept = by.map((label) => labels[label] ?? '');
  const key = JSON.stringify(kept);
  const series = all[name].get(key);
  if (series === undefined) {
    const named = Object.fromEntries(by.map((label, index) => [label, kept[index] ?? '']));
    all[name].set(key, { labels: named, value, increase });
    return;
  }
  series.increase += increase;
  if (combine === 'min') series.value = Math.min(series.value, value);
  else if (combine === 'max') series.value = Math.max(series.value, value);
  else series.value += value;
}

/** The mean of the rates of several readings, weighted by their time, with the gauges of the last one. */
export function meanOf(readings: readonly Reading[]): Readonly<Record<WatchedName, SeriesByLabels>> {
  const seconds = readings.reduce((sum, reading) => sum + reading.seconds, 0);
  const mean = emptySeries();
  for (const [name, { combine }] of WATCHED_ROWS) {
    const counted = combine === 'rate' ? readings : readings.slice(-1);
    for (const reading of counted) {
      const weight = combine !== 'rate' ? 1 : seconds === 0 ? 0 : reading.seconds / seconds;
      for (const { labels, value, increase } of reading.series[name].values()) {
        addSeries(mean, name, labels, value * weight, increase);
      }
    }
  }
  return mean;
}
