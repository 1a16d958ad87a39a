import { trace } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { DataPointType, MeterProvider } from '@opentelemetry/sdk-metrics';
import { DEFAULT_SERIES_LIMITS, type SeriesLimits } from '../../lib/catalogue/cardinality.js';
import { createExemplarStore } from '../../lib/metrics/exemplars.js';
import { MetricsRecorder } from '../../lib/metrics/metrics-recorder.js';
import type { RecorderParts } from '../../lib/metrics/recorder-parts.js';
import { withFreshGauges } from '../../lib/otlp/metric-readers.js';

/** The series of one metric, by its labels as text; a histogram shows its count and sum. */
export type Series = Readonly<Record<string, number | { readonly count: number; readonly sum: number }>>;

export interface RecorderHarness {
  readonly recorder: MetricsRecorder;
  readonly clock: { nowMs: number };
  /** Everything that a scrape would see now, by metric name. */
  collect(): Promise<Readonly<Record<string, Series>>>;
}

/** `{ b: '2', a: '1' }` becomes `a=1,b=2`. */
export function labelKey(labels: object): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${String(value)}`)
    .sort()
    .join(',');
}

/** A recorder over the real SDK and the real Prometheus reader. */
export function createRecorderHarness(
  options: { readonly limits?: Partial<SeriesLimits>; readonly providers?: RecorderParts['providers'] } = {},
): RecorderHarness {
  const reader = withFreshGauges(new PrometheusExporter({ preventServerStart: true }));
  const provider = new MeterProvider({ readers: [reader] });
  const clock = { nowMs: 0 };
  const recorder = new MetricsRecorder({
    meter: provider.getMeter('spec'),
    tracer: trace.getTracer('spec'),
    limits: { ...DEFAULT_SERIES_LIMITS, ...options.limits },
    providers: options.providers ?? {},
    now: () => clock.nowMs,
    exemplars: createExemplarStore(),
  });
  return {
    recorder,
    clock,
    collect: async () => {
      const { resourceMetrics, errors } = await reader.collect();
      if (errors.length > 0) throw new AggregateError(errors);
      const metrics: Record<string, Record<string, Series[string]>> = {};
      for (const metric of resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)) {
        const series: Record<string, Series[string]> = {};
        for (const { attributes, value } of metric.dataPoints) {
          series[labelKey(attributes)] =
            typeof value === 'number' ? value : { count: value.count, sum: value.sum ?? Number.NaN };
        }
        metrics[metric.descriptor.name] = series;
        if (metric.dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM) throw new Error('unexpected kind');
      }
      return metrics;
    },
  };
}
