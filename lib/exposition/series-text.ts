import type { Attributes } from '@opentelemetry/api';
import type { DataPoint, ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics';
import type { Dialect } from './dialect.js';
import type { Exemplar, ExemplarSource } from './exemplar-source.js';
import { formatNumber } from './format-number.js';
import type { LabelText } from './label-text.js';

/** What is remembered of one series between scrapes. */
export interface SeriesText {
  readonly labels: LabelText;
  /** All of a counter's or gauge's line but its value. */
  readonly prefix: string;
  /** Of a histogram: the count and sum that `lines` were rendered from. */
  count: number;
  sum: number | undefined;
  lines: string;
}

/** Nothing is rendered yet: no count is negative. */
const NEVER = -1;

/** Starts remembering a series. */
export function createSeriesText(name: string, labels: LabelText): SeriesText {
  const prefix = labels.text === '' ? `${name} ` : `${name}{${labels.text}} `;
  return { labels, prefix, count: NEVER, sum: undefined, lines: '' };
}

/** The line of a counter or gauge. */
export function renderNumber(series: SeriesText, value: number, exemplar: Exemplar | undefined): string {
  if (exemplar === undefined) return `${series.prefix}${formatNumber(value)}\n`;
  return `${series.prefix}${formatNumber(value)}${exemplarText(exemplar)}\n`;
}

/** Where the exemplars of one metric's points are found. */
export interface PointExemplars {
  readonly source: ExemplarSource;
  readonly metricName: string;
}

/** What follows the opening quote of `le` for each bucket of a histogram. */
export type BoundEnds = (boundaries: readonly number[]) => readonly string[];

/** Renders bucket bounds once for each instrument, whose series all share one array of boundaries. */
export function createBoundEnds(dialect: Dialect): BoundEnds {
  const known = new WeakMap<readonly number[], readonly string[]>();
  return (boundaries) => {
    const seen = known.get(boundaries);
    if (seen !== undefined) return seen;
    // A histogram has its last bucket at infinity whether or not the boundaries say so.
    const finite = boundaries.filter((bound) => bound !== Infinity);
    const ends = [...finite, Infinity].map((bound) => `${dialect.formatBound(bound)}"} `);
    known.set(boundaries, ends);
    return ends;
  };
}

/**
 * The lines of a histogram series; those of the scrape before when nothing was recorded since.
 *
 * Every record raises the count, so an equal count and sum mean equal buckets.
 */
export function renderHistogram(
  name: string,
  series: SeriesText,
  point: DataPoint<Histogram>,
  boundEnds: BoundEnds,
  exemplars: PointExemplars | undefined,
): string {
  const { count, sum, buckets } = point.value;
  if (series.count === count && series.sum === sum) return series.lines;
  const labels = series.labels.text;
  const head = [name, '_bucket{', labels, labels === '' ? 'le="' : ',le="'].join('');
  const { boundaries, counts } = buckets;
  const ends = boundEnds(boundaries);
  const lines: string[] = [];
  let cumulative = 0;
  for (let index = 0; index < ends.length; index++) {
    cumulative += counts[index] ?? 0;
    const line = head + ends[index] + cumulative;
    lines.push(exemplars === undefined ? line : line + bucketExemplar(exemplars, point.attributes, index));
  }
  lines.push(renderTotals(name, labels, count, sum));
  series.lines = lines.join('\n');
  series.count = count;
  series.sum = sum;
  return series.lines;
}

/**
 * An exponential histogram as a histogram of one bucket. Its bounds move when its scale changes, which makes
 * rates over its buckets wrong, and neither text format can carry it as it is; count and sum stay right.
 */
export function renderExponentialHistogram(
  name: string,
  series: SeriesText,
  point: DataPoint<ExponentialHistogram>,
): string {
  const labels = series.labels.text;
  const { count, sum } = point.value;
  const separator = labels === '' ? '' : ',';
  return `${name}_bucket{${labels}${separator}le="+Inf"} ${count}\n${renderTotals(name, labels, count, sum)}`;
}

function renderTotals(name: string, labels: string, count: number, sum: number | undefined): string {
  const braces = labels === '' ? '' : `{${labels}}`;
  const sumLine = sum === undefined ? '' : `${name}_sum${braces} ${formatNumber(sum)}\n`;
  return `${sumLine}${name}_count${braces} ${count}\n`;
}

function bucketExemplar(exemplars: PointExemplars, attributes: Attributes, index: number): string {
  const exemplar = exemplars.source.exemplar(exemplars.metricName, attributes, index);
  return exemplar === undefined ? '' : exemplarText(exemplar);
}

function exemplarText({ traceId, spanId, value, timestampSeconds }: Exemplar): string {
  return ` # {trace_id="${traceId}",span_id="${spanId}"} ${formatNumber(value)} ${timestampSeconds}`;
}
