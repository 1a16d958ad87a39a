import { type Attributes, type SpanContext, TraceFlags } from '@opentelemetry/api';
import type { MetricName } from '../catalogue/labels.js';
import type { MetricSpec } from '../catalogue/metric-spec.js';
import { METRICS } from '../catalogue/metrics.js';
import type { Exemplar, ExemplarSource } from '../prometheus/render-text.js';

/** The exemplars of one metric. */
export interface MetricExemplars {
  /**
   * Stores the trace of a measurement and replaces the bucket's earlier trace. Ignores unsampled traces, because they
   * cannot be looked up, and series beyond the metric's budget.
   *
   * @param attributes - the attributes of the series, as passed to the instrument
   * @param value - the recorded value
   * @param spanContext - the span in which it was recorded
   */
  offer(attributes: Attributes, value: number, spanContext: SpanContext | undefined): void;
}

/** Keeps the latest sampled trace of each histogram bucket and each counter series. */
export interface ExemplarStore extends ExemplarSource {
  /** Returns the exemplars of one metric of the catalogue. Call it once, outside the hot path. */
  metric(name: MetricName): MetricExemplars;
}

/** The exemplars of one series. Each bucket has one slot that is overwritten, so that `offer` allocates nothing. */
interface SeriesSlots {
  readonly spans: (SpanContext | undefined)[];
  readonly values: Float64Array;
  readonly timesMs: Float64Array;
}

interface MetricSlots extends MetricExemplars {
  find(attributes: Attributes, slot: number): Exemplar | undefined;
}

/**
 * Creates an exemplar store.
 *
 * Series are found by the content of their attributes, because a view or a second object with the same content must
 * find the same series. The key is cached for each attributes object: the SDK, in its versions 2.x and 3.x, passes the
 * object of a series' first record to each collection.
 *
 * @param options.now - wall clock in milliseconds
 * @param options.seriesMax - the largest number of series of a metric; the catalogue's budget by default
 */
export function createExemplarStore({
  now = Date.now,
  seriesMax = (name: MetricName): number => METRICS[name].seriesBudget,
} = {}): ExemplarStore {
  const metrics = new Map<string, MetricSlots>();
  const keys = new WeakMap<Attributes, string>();

  function keyOf(attributes: Attributes): string {
    let key = keys.get(attributes);
    if (key === undefined) {
      key = JSON.stringify(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
      keys.set(attributes, key);
    }
    return key;
  }

  return {
    metric(name) {
      const known = metrics.get(name);
      if (known !== undefined) return known;
      const created = createMetricSlots(METRICS[name], seriesMax(name), keyOf, now);
      metrics.set(name, created);
      return created;
    },
    exemplar: (metricName, attributes, bucketIndex = 0) =>
      metrics.get(metricName)?.find(attributes, bucketIndex),
  };
}

function createMetricSlots(
  { buckets = [] }: MetricSpec,
  seriesMax: number,
  keyOf: (attributes: Attributes) => string,
  now: () => number,
): MetricSlots {
  const seriesByKey = new Map<string, SeriesSlots>();
  // The last series is cached because most offers repeat it: a metric without open labels has no other series.
  let lastAttributes: Attributes | undefined;
  let lastSeries: SeriesSlots | undefined;

  function seriesOf(attributes: Attributes): SeriesSlots | undefined {
    if (attributes === lastAttributes) return lastSeries;
    const key = keyOf(attributes);
    let series = seriesByKey.get(key);
    if (series === undefined && seriesByKey.size < seriesMax) {
      series = createSeriesSlots(buckets.length + 1);
      seriesByKey.set(key, series);
    }
    lastAttributes = attributes;
    lastSeries = series;
    return series;
  }

  return {
    offer(attributes, value, spanContext) {
      if (spanContext === undefined || (spanContext.traceFlags & TraceFlags.SAMPLED) === 0) return;
      const series = seriesOf(attributes);
      if (series === undefined) return;
      const slot = bucketIndexOf(buckets, value);
      series.spans[slot] = spanContext;
      series.values[slot] = value;
      series.timesMs[slot] = now();
    },
    find(attributes, slot) {
      if (seriesByKey.size === 0) return undefined;
      const series = seriesByKey.get(keyOf(attributes));
      const span = series?.spans[slot];
      if (series === undefined || span === undefined) return undefined;
      return {
        traceId: span.traceId,
        spanId: span.spanId,
        value: series.values[slot] ?? 0,
        timestampSeconds: (series.timesMs[slot] ?? 0) / 1000,
      };
    },
  };
}

function createSeriesSlots(size: number): SeriesSlots {
  return {
    spans: new Array<SpanContext | undefined>(size).fill(undefined),
    values: new Float64Array(size),
    timesMs: new Float64Array(size),
  };
}

/** Returns the bucket in which the SDK counts a value: the first one whose bound is not below the value. */
function bucketIndexOf(bounds: readonly number[], value: number): number {
  let index = 0;
  for (const bound of bounds) {
    if (value <= bound) return index;
    index++;
  }
  return index;
}
