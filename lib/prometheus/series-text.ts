import type { Attributes } from '@opentelemetry/api';
import type { DataPoint, ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics';
import type { Dialect } from './dialect.js';
import type { Exemplar, ExemplarSource } from './exemplar-source.js';
import { formatNumber } from './format-number.js';
import type { NumberedText } from './numbered-text.js';
import type { PageWriter } from './page-writer.js';

/** Where the exemplars of one metric's points are found. */
export interface PointExemplars {
  readonly source: ExemplarSource;
  readonly metricName: string;
}

/** What the lines of one metric's series are made with. */
export interface SeriesContext {
  /** Name of the samples, without the suffixes of histograms. */
  readonly name: string;
  readonly writer: PageWriter;
  readonly numbers: NumberedText;
  readonly boundEnds: BoundEnds;
  readonly exemplars: PointExemplars | undefined;
}

/** How the points of one kind become lines. A series' numbers have consecutive slots. */
export interface SeriesKind<Value> {
  /** Label name that the format itself uses. */
  readonly reservedLabel: string | undefined;
  /** What decides which lines a point has, beside its labels: two points of the same shape have the same ones. */
  shapeOf(value: Value): unknown;
  /** Writes the lines of a new series. */
  append(context: SeriesContext, labels: string, point: DataPoint<Value>): void;
  /** Brings the numbers of a series up to date, from its first slot on. */
  update(context: SeriesContext, slot: number, end: number, point: DataPoint<Value>): void;
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

/** A counter or gauge: one line. */
export const NUMBER_KIND: SeriesKind<number> = {
  reservedLabel: undefined,
  shapeOf: () => undefined,
  append({ name, writer, numbers, exemplars }, labels, { attributes, value }) {
    writer.text(`${name}${inBraces(labels)} `);
    numbers.add(writer, value, exemplarSuffix(exemplars, attributes));
    writer.text('\n');
  },
  update({ writer, numbers, exemplars }, slot, end, { attributes, value }) {
    if (numbers.value(slot) === value) numbers.keep(writer, slot, end);
    else numbers.set(writer, slot, value, exemplarSuffix(exemplars, attributes));
  },
};

/** A histogram: a line for each bucket, its sum where it has one, and its count. */
export const HISTOGRAM_KIND: SeriesKind<Histogram> = {
  reservedLabel: 'le',
  shapeOf: ({ buckets }) => buckets.boundaries,
  append(context, labels, { attributes, value }) {
    const { name, writer, numbers, boundEnds, exemplars } = context;
    const { count, sum, buckets } = value;
    const head = `${name}_bucket{${labels}${labels === '' ? '' : ','}le="`;
    let text = head;
    let cumulative = 0;
    for (const [index, end] of boundEnds(buckets.boundaries).entries()) {
      cumulative += buckets.counts[index] ?? 0;
      writer.text(text + end);
      numbers.add(writer, cumulative, exemplarSuffix(exemplars, attributes, index));
      text = `\n${head}`;
    }
    writer.text('\n');
    appendTotals(context, labels, count, sum);
  },
  update({ writer, numbers, boundEnds, exemplars }, slot, end, { attributes, value }) {
    const { count, sum, buckets } = value;
    const totalSlot = end - 1;
    // Every record raises the count, so an equal count and sum mean equal buckets.
    if (numbers.value(totalSlot) === count && (sum === undefined || numbers.value(totalSlot - 1) === sum)) {
      numbers.keep(writer, slot, end);
      return;
    }
    const { counts, boundaries } = buckets;
    const bucketCount = boundEnds(boundaries).length;
    let cumulative = 0;
    for (let index = 0; index < bucketCount; index++) {
      cumulative += counts[index] ?? 0;
      const suffix = exemplars === undefined ? '' : exemplarSuffix(exemplars, attributes, index);
      numbers.set(writer, slot + index, cumulative, suffix);
    }
    if (sum !== undefined) numbers.set(writer, totalSlot - 1, sum, '');
    numbers.set(writer, totalSlot, count, '');
  },
};

/**
 * An exponential histogram as a histogram of one bucket. Its bounds move when its scale changes, which makes
 * rates over its buckets wrong, and neither text format can carry it as it is; count and sum stay right.
 */
export const EXPONENTIAL_KIND: SeriesKind<ExponentialHistogram> = {
  reservedLabel: 'le',
  shapeOf: ({ sum }) => sum === undefined,
  append(context, labels, { value: { count, sum } }) {
    const { name, writer, numbers } = context;
    writer.text(`${name}_bucket{${labels}${labels === '' ? '' : ','}le="+Inf"} `);
    numbers.add(writer, count, '');
    writer.text('\n');
    appendTotals(context, labels, count, sum);
  },
  update({ writer, numbers }, slot, end, { value: { count, sum } }) {
    numbers.set(writer, slot, count, '');
    if (sum !== undefined) numbers.set(writer, slot + 1, sum, '');
    numbers.set(writer, end - 1, count, '');
  },
};

function appendTotals(
  { name, writer, numbers }: SeriesContext,
  labels: string,
  count: number,
  sum: number | undefined,
): void {
  const braces = inBraces(labels);
  if (sum !== undefined) {
    writer.text(`${name}_sum${braces} `);
    numbers.add(writer, sum, '');
    writer.text('\n');
  }
  writer.text(`${name}_count${braces} `);
  numbers.add(writer, count, '');
  writer.text('\n');
}

function inBraces(labels: string): string {
  return labels === '' ? '' : `{${labels}}`;
}

function exemplarSuffix(
  exemplars: PointExemplars | undefined,
  attributes: Attributes,
  bucketIndex?: number,
): string {
  const exemplar = exemplars?.source.exemplar(exemplars.metricName, attributes, bucketIndex);
  return exemplar === undefined ? '' : exemplarText(exemplar);
}

function exemplarText({ traceId, spanId, value, timestampSeconds }: Exemplar): string {
  return ` # {trace_id="${traceId}",span_id="${spanId}"} ${formatNumber(value)} ${timestampSeconds}`;
}
