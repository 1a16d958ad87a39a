import { trace } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { type CollectionResult, type IMetricReader, MeterProvider } from '@opentelemetry/sdk-metrics';
import { DEFAULT_SERIES_LIMITS, type SeriesLimits } from '../../lib/catalogue/cardinality.js';
import * as entry from '../../lib/index.js';
import type { Admission } from '../../lib/metrics/admission.js';
import { createExemplarStore, type ExemplarStore } from '../../lib/metrics/exemplars.js';
import { createMetricsRecorder, type MetricsRecorder } from '../../lib/metrics/metrics-recorder.js';
import { withFreshGauges } from '../../lib/otlp/metric-readers.js';

export { createExemplarStore };

/** The helpers that record what a caller measured: the entry point exports each, and a monitoring has it as a method. */
export const RECORD_HELPERS = Object.keys(entry).filter((name) =>
  name.startsWith('record'),
) as readonly (keyof entry.Recorder)[];

/** The series of one metric, by its labels as text; a histogram shows its count and sum. */
export type Series = Readonly<Record<string, number | { readonly count: number; readonly sum: number }>>;

export interface RecorderHarness {
  readonly recorder: MetricsRecorder;
  readonly exemplars: ExemplarStore;
  readonly clock: { nowMs: number };
  /** Everything that a scrape would see now, by metric name. */
  collect(): Promise<Readonly<Record<string, Series>>>;
  /** The same with what the SDK says beside it. */
  collectPoints(): Promise<CollectionResult>;
}

export interface RecorderHarnessOptions {
  readonly limits?: Partial<SeriesLimits>;
  readonly admission?: Admission;
  readonly providers?: Readonly<Record<string, readonly string[]>>;
  /** Readers beside the one of scrapes. */
  readonly readers?: readonly IMetricReader[];
}

/** `{ b: '2', a: '1' }` becomes `a=1,b=2`. */
export function labelKey(labels: object): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${String(value)}`)
    .sort()
    .join(',');
}

/** A recorder over the real SDK and the real Prometheus reader. */
export function createRecorderHarness({
  limits,
  admission,
  providers = {},
  readers = [],
}: RecorderHarnessOptions = {}): RecorderHarness {
  const reader = withFreshGauges(new PrometheusExporter({ preventServerStart: true }));
  const provider = new MeterProvider({
    readers: [reader, ...readers],
    // Out of the way, as in a provider of the package: only its own limits fold.
    views: [{ instrumentName: '*', aggregationCardinalityLimit: 5_000 }],
  });
  const clock = { nowMs: 0 };
  const exemplars = createExemplarStore();
  const recorder = createMetricsRecorder({
    meter: provider.getMeter('spec'),
    tracer: trace.getTracer('spec'),
    limits: { ...DEFAULT_SERIES_LIMITS, ...limits },
    admission,
    providers,
    now: () => clock.nowMs,
    exemplars,
  });
  const collectPoints = () => reader.collect();
  return {
    recorder,
    exemplars,
    clock,
    collectPoints,
    collect: async () => seriesOf(await collectPoints()),
  };
}

/** The series of each metric of a collection. */
export function seriesOf({ resourceMetrics, errors }: CollectionResult): Readonly<Record<string, Series>> {
  if (errors.length > 0) throw new AggregateError(errors);
  const metrics: Record<string, Series> = {};
  for (const { descriptor, dataPoints } of resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics)) {
    const series: Record<string, Series[string]> = {};
    for (const { attributes, value } of dataPoints) {
      series[labelKey(attributes)] =
        typeof value === 'number' ? value : { count: value.count, sum: value.sum ?? Number.NaN };
    }
    metrics[descriptor.name] = series;
  }
  return metrics;
}
