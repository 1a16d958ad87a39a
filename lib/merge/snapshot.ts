import type { Attributes } from '@opentelemetry/api';
import type {
  DataPoint,
  Histogram,
  MetricData,
  MetricDescriptor,
  ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { loadMetrics } from '../lazy.cjs';
import type { GaugeStatements } from '../metrics/instruments.js';
import { processInstanceId } from '../otlp/resource.js';
import { valueText } from '../prometheus/label-text.js';
import { VERSION } from '../version.js';
import { machineNow } from './machine-clock.js';
import { mergeOf } from './merge-rules.js';
import {
  type Definition,
  definitionOf,
  LABELS_MAX,
  type LeftOutReason,
  LINE_CHARACTERS_MAX,
  labelsKey,
  leftOutLine,
  metricLine,
  type PublishedKind,
  SERIES_MAX,
  seriesLine,
  widthOf,
  workerLine,
} from './series-description.js';
import { SAME_WINDOW_MS } from './values.js';

/** What one worker has recorded, as it is published. */
export interface Snapshot {
  /** The description so far; later snapshots of the worker only add lines to the same array. */
  readonly lines: readonly string[];
  readonly values: Float64Array;
}

/** Makes the snapshots of one worker. */
export interface Snapshots {
  /** Never throws for what an SDK collects: what cannot be published is left out, and the description says so. */
  take(metrics: ResourceMetrics): Snapshot;
  /**
   * Returns what came since other values of the same worker. Gauges are kept, except those that add up over the dead: of
   * them the part of the same window that is in the baseline is subtracted as well.
   *
   * @param baseline - values of this worker, which may be fewer.
   */
  subtract(values: Float64Array, baseline: Float64Array): Float64Array;
}

/** Options of {@link createSnapshots}. */
export interface SnapshotsOptions {
  /** Returns what tells when the series of a gauge were stated, on the recorder's clock. */
  readonly statementsOf?: ((metricName: string) => GaugeStatements | undefined) | undefined;
  /** The recorder's clock. */
  readonly now?: (() => number) | undefined;
  /** The machine's clock. */
  readonly machineNow?: (() => number) | undefined;
  readonly version?: string | undefined;
}

interface KnownSeries {
  readonly attributes: Attributes;
  /** The index of its first value; negative for a series that is left out. */
  readonly offset: number;
  /** The number of the last snapshot that has it. */
  takenIn: number;
}

interface KnownMetric {
  readonly definition: Definition;
  /** Its place among the metrics of the description. */
  readonly index: number;
  readonly statements: GaugeStatements | undefined;
  /** The series in the order in which they were last found. */
  readonly inOrder: KnownSeries[];
  readonly byAttributes: WeakMap<Attributes, KnownSeries>;
  readonly byKey: Map<string, KnownSeries>;
}

/**
 * Creates what makes the snapshots of this worker.
 *
 * Series are found by their place and the identity of the attributes, which an SDK keeps from one collection to the next,
 * so that a snapshot each second costs little.
 */
export function createSnapshots(options: SnapshotsOptions = {}): Snapshots {
  const { statementsOf, now = () => performance.now(), version = VERSION } = options;
  const clock = options.machineNow ?? machineNow;
  const { DataPointType } = loadMetrics();
  const startedMs = clock();
  const lines: string[] = [];
  const metrics = new Map<string, KnownMetric>();
  const byDescriptor = new WeakMap<MetricDescriptor, KnownMetric>();
  const leftOut = new Set<LeftOutReason>();
  const gauges: { readonly metric: KnownMetric; readonly offset: number }[] = [];
  let values = new Float64Array(1024);
  let width = 0;
  let seriesCount = 0;
  let count = 0;

  function take({ resource, scopeMetrics }: ResourceMetrics): Snapshot {
    if (lines.length === 0)
      lines.push(workerLine({ version, startedMs, resource: publishedResource(resource) }));
    count++;
    const atMs = clock();
    const shiftMs = atMs - now();
    // A gauge that is not collected any more is absent.
    for (const { offset } of gauges) values[offset] = Number.NaN;
    for (const scope of scopeMetrics) {
      for (const metric of scope.metrics) takeMetric(metric, atMs, shiftMs);
    }
    return { lines, values: values.slice(0, width) };
  }

  function takeMetric(metric: MetricData, atMs: number, shiftMs: number): void {
    const known = byDescriptor.get(metric.descriptor) ?? findMetric(metric);
    if (known === undefined) return;
    const { inOrder, definition } = known;
    const { kind, bounds } = definition;
    const points = metric.dataPoints as readonly DataPoint<unknown>[];
    for (let place = 0; place < points.length; place++) {
      const { attributes, value } = points[place] as DataPoint<unknown>;
      let series = inOrder[place];
      if (series === undefined || series.attributes !== attributes) {
        series = known.byAttributes.get(attributes) ?? findSeries(known, attributes);
        inOrder[place] = series;
      }
      const { offset } = series;
      // A page shows the first of two series that have the same name and labels.
      if (offset < 0 || series.takenIn === count) continue;
      series.takenIn = count;
      if (kind === 'histogram') takeHistogram(value as Histogram, bounds.length, offset);
      else {
        values[offset] = value as number;
        if (kind !== 'gauge') continue;
        const statement = known.statements?.(attributes);
        values[offset + 1] = statement === undefined ? atMs : statement.statedAtMs + shiftMs;
        values[offset + 2] =
          statement === undefined ? Number.POSITIVE_INFINITY : statement.staleAtMs + shiftMs;
      }
    }
  }

  /** The counts of the buckets, and the sum; NaN where a histogram has none. */
  function takeHistogram({ buckets: { counts }, sum }: Histogram, boundCount: number, offset: number): void {
    for (let index = 0; index <= boundCount; index++) values[offset + index] = counts[index] ?? 0;
    values[offset + boundCount + 1] = sum ?? Number.NaN;
  }

  function findMetric(metric: MetricData): KnownMetric | undefined {
    const kind = kindOf(metric, DataPointType);
    if (kind === undefined) {
      leaveOut('kind');
      return undefined;
    }
    const first = metric.dataPoints[0];
    // The SDK's bounds of a metric are the same for all of its series.
    const bounds = kind === 'histogram' ? (first?.value as Histogram | undefined)?.buckets.boundaries : [];
    if (bounds === undefined) return undefined;
    const { name, description } = metric.descriptor;
    const definition = definitionOf(name, description, kind, [...bounds]);
    const known = metrics.get(definition.key) ?? addMetric(definition);
    if (known !== undefined) byDescriptor.set(metric.descriptor, known);
    return known;
  }

  function addMetric(definition: Definition): KnownMetric | undefined {
    const line = metricLine(definition);
    if (line.length > LINE_CHARACTERS_MAX) {
      leaveOut('too_many');
      return undefined;
    }
    lines.push(line);
    const metric: KnownMetric = {
      definition,
      index: metrics.size,
      statements: definition.kind === 'gauge' ? statementsOf?.(definition.name) : undefined,
      inOrder: [],
      byAttributes: new WeakMap(),
      byKey: new Map(),
    };
    metrics.set(definition.key, metric);
    return metric;
  }

  function findSeries(metric: KnownMetric, attributes: Attributes): KnownSeries {
    const texts = textsOf(attributes);
    const key = labelsKey(texts);
    const series = metric.byKey.get(key) ?? addSeries(metric, attributes, texts);
    metric.byKey.set(key, series);
    metric.byAttributes.set(attributes, series);
    return series;
  }

  function addSeries(
    metric: KnownMetric,
    attributes: Attributes,
    texts: Readonly<Record<string, string>>,
  ): KnownSeries {
    const line = seriesLine(metric.index, texts);
    const isTooMuch =
      seriesCount >= SERIES_MAX ||
      line.length > LINE_CHARACTERS_MAX ||
      Object.keys(texts).length > LABELS_MAX;
    if (isTooMuch) {
      leaveOut('too_many');
      return { attributes, offset: -1, takenIn: 0 };
    }
    lines.push(line);
    seriesCount++;
    const offset = width;
    width += widthOf(metric.definition);
    if (width > values.length) {
      const grown = new Float64Array(width * 2);
      grown.set(values);
      values = grown;
    }
    if (metric.definition.kind === 'gauge') gauges.push({ metric, offset });
    return { attributes, offset, takenIn: 0 };
  }

  function leaveOut(reason: LeftOutReason): void {
    if (leftOut.has(reason)) return;
    leftOut.add(reason);
    lines.push(leftOutLine(reason));
  }

  function subtract(from: Float64Array, baseline: Float64Array): Float64Array {
    const rest = from.slice();
    for (const { definition, byKey } of metrics.values()) {
      const isSum = definition.kind === 'counter' || definition.kind === 'histogram';
      for (const { offset } of byKey.values()) {
        if (offset < 0 || offset >= baseline.length) continue;
        if (isSum) {
          for (let index = offset; index < offset + widthOf(definition); index++) {
            rest[index] = (from[index] ?? 0) - (baseline[index] ?? 0);
          }
        } else if (mergeOf(definition) === 'window') {
          const isSame = Math.abs((from[offset + 2] ?? 0) - (baseline[offset + 2] ?? 0)) < SAME_WINDOW_MS;
          const spent = baseline[offset] ?? 0;
          if (isSame && !Number.isNaN(spent)) rest[offset] = (from[offset] ?? 0) - spent;
        }
      }
    }
    return rest;
  }

  return { take, subtract };
}

type DataPointTypes = ReturnType<typeof loadMetrics>['DataPointType'];

/** Returns the kind of a metric, or `undefined` for one whose values do not add up, such as an exponential histogram. */
function kindOf(metric: MetricData, types: DataPointTypes): PublishedKind | undefined {
  switch (metric.dataPointType) {
    case types.SUM:
      return metric.isMonotonic ? 'counter' : 'updown';
    case types.GAUGE:
      return 'gauge';
    case types.HISTOGRAM:
      return 'histogram';
    default:
      return undefined;
  }
}

/** The attributes as a page shows them. */
function textsOf(attributes: Attributes): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, valueText(value)]));
}

/** The resource without the id that this process made up for itself: the page of several workers has an id of its own. */
function publishedResource({ attributes }: ResourceMetrics['resource']): Readonly<Record<string, string>> {
  const { 'service.instance.id': id, ...others } = textsOf(attributes);
  return id === undefined || id === processInstanceId() ? others : { ...others, 'service.instance.id': id };
}
