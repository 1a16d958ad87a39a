import type { Attributes } from '@opentelemetry/api';
import type { DataPoint, ExponentialHistogram, Histogram, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import {
  DIALECTS,
  type Dialect,
  familyHeader,
  formatNumber,
  groupFamilies,
  TARGET_INFO,
  type TextFormat,
} from './families.js';
import { createLabelCache, renderLabels } from './label-text.js';

/** One measurement and the trace it was made in. */
export interface Exemplar {
  readonly traceId: string;
  readonly spanId: string;
  readonly value: number;
  /** Unix time, in seconds. */
  readonly timestampSeconds: number;
}

/** Source of the exemplars on an OpenMetrics page. */
export interface ExemplarSource {
  /**
   * Returns the latest exemplar of a series.
   *
   * @param metricName - name of the instrument, as the catalogue spells it
   * @param attributes - attributes of the data point
   * @param bucketIndex - index of the histogram bucket; absent for counters
   */
  exemplar(metricName: string, attributes: Attributes, bucketIndex?: number): Exemplar | undefined;
}

/** One rendered collection. */
export interface RenderedText {
  readonly body: Buffer;
  /** Data points on the page, where a histogram counts once. */
  readonly seriesCount: number;
  /** Names of the families, as in their `# TYPE` lines. */
  readonly familyNames: ReadonlySet<string>;
}

/** Renders collections of a MetricReader in one format. Several renders may be in progress at once. */
export interface TextRenderer {
  readonly contentType: string;
  /** Yields after each {@link SLICE_CHARACTERS} so that other callbacks can run. */
  render(resourceMetrics: ResourceMetrics): Generator<undefined, RenderedText>;
}

/** Length of text after which other callbacks can run; rendering it takes a fraction of a millisecond. */
const SLICE_CHARACTERS = 32_768;

/**
 * Creates a renderer. Only the label text of each series is kept from page to page.
 *
 * @param exemplarSource - used by OpenMetrics only: text 0.0.4 has no exemplars
 */
export function createTextRenderer(format: TextFormat, exemplarSource?: ExemplarSource): TextRenderer {
  const dialect: Dialect = DIALECTS[format];
  const numberLabels = createLabelCache();
  const histogramLabels = createLabelCache('le');
  const endsOf = createBoundEnds(dialect);
  const reported = new Set<string>();
  let lastBytes = 0;

  function* render(resourceMetrics: ResourceMetrics): Generator<undefined, RenderedText> {
    const families = groupFamilies(resourceMetrics, reported);
    const page = createPageBuffer(lastBytes);
    const targetLabels = inBraces(renderLabels(resourceMetrics.resource.attributes));
    let text = `${dialect.targetInfoHeader}${TARGET_INFO}${targetLabels} 1\n`;
    let seriesCount = 0;
    const familyNames = new Set([dialect.targetInfoName]);
    for (const family of families.values()) {
      const header = familyHeader(family, families, dialect);
      const hasExemplars = dialect.exemplars && (header.type === 'counter' || header.type === 'histogram');
      const shown = new Set<string>();
      familyNames.add(header.name);
      text += header.text;
      for (const { descriptor, dataPoints } of family.members) {
        const exemplars = hasExemplars ? createExemplarText(descriptor.name, exemplarSource) : undefined;
        for (const point of dataPoints) {
          const isNumber = family.type !== 'histogram';
          const labels = (isNumber ? numberLabels : histogramLabels)(point.attributes);
          // Different attributes may become the same labels, which Prometheus would reject: the first series wins.
          if (shown.has(labels)) continue;
          shown.add(labels);
          seriesCount++;
          // The type of a metric decides the type of its values; the SDK's union does not say so.
          text += isNumber
            ? numberLine(family.sampleName, labels, point as DataPoint<number>, exemplars)
            : histogramLines(family.sampleName, labels, point as HistogramPoint, endsOf, exemplars);
          if (text.length < SLICE_CHARACTERS) continue;
          page.append(text);
          text = '';
          yield;
        }
      }
    }
    page.append(text + dialect.end);
    const body = page.written();
    lastBytes = body.length;
    return { body, seriesCount, familyNames };
  }

  return { contentType: dialect.contentType, render };
}

/** Creates a buffer that grows; made as large as the last page, it rarely has to, and no slice is copied at the end. */
function createPageBuffer(lastBytes: number) {
  let buffer = Buffer.allocUnsafe(lastBytes + SLICE_CHARACTERS);
  let length = 0;
  return {
    append(text: string): void {
      const needed = length + Buffer.byteLength(text);
      if (needed > buffer.length) buffer = Buffer.concat([buffer.subarray(0, length)], needed * 2);
      length += buffer.write(text, length);
    },
    written: (): Buffer => buffer.subarray(0, length),
  };
}

type HistogramPoint = DataPoint<Histogram> | DataPoint<ExponentialHistogram>;

/** Returns what follows the number of a sample: an exemplar or nothing. */
type ExemplarText = (attributes: Attributes, bucketIndex?: number) => string;

/** Returns the text after the opening quote of `le` for each bucket. */
type BoundEnds = (boundaries: readonly number[]) => readonly string[];

function numberLine(
  name: string,
  labels: string,
  { attributes, value }: DataPoint<number>,
  exemplars: ExemplarText | undefined,
): string {
  return `${name}${inBraces(labels)} ${formatNumber(value)}${exemplars?.(attributes) ?? ''}\n`;
}

/**
 * A line for each bucket, one for the sum if there is one, and one for the count.
 *
 * An exponential histogram gets a single bucket, because its bounds move when its scale changes, which makes rates over
 * its buckets wrong, and neither format has exponential histograms. Count and sum are right.
 */
function histogramLines(
  name: string,
  labels: string,
  { attributes, value }: HistogramPoint,
  endsOf: BoundEnds,
  exemplars: ExemplarText | undefined,
): string {
  const { count, sum } = value;
  const isExplicit = 'buckets' in value;
  const ends = endsOf(isExplicit ? value.buckets.boundaries : NO_BOUNDARIES);
  const counts = isExplicit ? value.buckets.counts : [count];
  const start = `${name}_bucket{${labels}${labels === '' ? '' : ','}le="`;
  let text = '';
  let cumulative = 0;
  for (let index = 0; index < ends.length; index++) {
    const bucketCount = counts[index] ?? 0;
    cumulative += bucketCount;
    text += start + ends[index] + cumulative;
    // An empty bucket has no exemplar, which saves most of the look-ups.
    if (exemplars !== undefined && bucketCount > 0 && isExplicit) text += exemplars(attributes, index);
    text += '\n';
  }
  const braces = inBraces(labels);
  if (sum !== undefined) text += `${name}_sum${braces} ${formatNumber(sum)}\n`;
  return `${text}${name}_count${braces} ${count}\n`;
}

const NO_BOUNDARIES: readonly number[] = [];

/** Formats bounds once for each instrument: its series share one array of boundaries. */
function createBoundEnds({ formatBound }: Dialect): BoundEnds {
  const known = new WeakMap<readonly number[], readonly string[]>();
  return (boundaries) => {
    let ends = known.get(boundaries);
    if (ends === undefined) {
      // The last bucket of a histogram is at infinity whether or not the boundaries say so.
      const finite = boundaries.filter((bound) => bound !== Infinity);
      ends = [...finite, Infinity].map((bound) => `${formatBound(bound)}"} `);
      known.set(boundaries, ends);
    }
    return ends;
  };
}

function createExemplarText(
  metricName: string,
  source: ExemplarSource | undefined,
): ExemplarText | undefined {
  if (source === undefined) return undefined;
  return (attributes, bucketIndex) => {
    const exemplar = source.exemplar(metricName, attributes, bucketIndex);
    if (exemplar === undefined) return '';
    const { traceId, spanId, value, timestampSeconds } = exemplar;
    return ` # {trace_id="${traceId}",span_id="${spanId}"} ${formatNumber(value)} ${timestampSeconds}`;
  };
}

function inBraces(labels: string): string {
  return labels === '' ? '' : `{${labels}}`;
}
