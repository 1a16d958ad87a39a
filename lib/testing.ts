import type { HistogramMetricData } from '@opentelemetry/sdk-metrics';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { LabelsOf, MetricName } from './catalogue/labels.js';
import { MonitoringError } from './errors.js';
import { loadMetrics, loadPrometheus, loadTraces } from './lazy.cjs';
import { initMonitoring } from './monitoring/init.js';
import type { Monitoring } from './monitoring/monitoring.js';
import type { MonitoringOptions } from './monitoring/resolve-config.js';
import { withFreshGauges } from './otlp/metric-readers.js';

/** The value of a series: a number, or the count and the sum of a histogram. */
export type SeriesValue = number | { readonly count: number; readonly sum: number };

/** Monitoring in memory, for tests of code that records. */
export interface TestMonitoring {
  readonly monitoring: Monitoring;
  /** Returns the current value of one series, or `undefined` if nothing was recorded. */
  value<Name extends MetricName>(metric: Name, labels: LabelsOf<Name>): Promise<SeriesValue | undefined>;
  /** Returns all current series of a metric with their labels. */
  series(
    metric: MetricName,
  ): Promise<readonly { readonly labels: Readonly<Record<string, unknown>>; readonly value: SeriesValue }[]>;
  /** Returns the spans that have ended, oldest first. */
  spans(): Promise<readonly ReadableSpan[]>;
  /** Stops monitoring, so that the next test can start it again. */
  shutdown(): Promise<void>;
}

/** The options that apply in memory, where no port is opened and nothing is exported. */
export type TestMonitoringOptions = Omit<
  MonitoringOptions,
  'metrics' | 'traces' | 'meterProvider' | 'tracerProvider'
>;

function sameLabels(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

/**
 * Starts monitoring in memory: real instruments and real spans, no port and no Collector.
 *
 * @throws {MonitoringError} ERR_ALREADY_INITIALIZED when monitoring runs already, as under the preload.
 */
export async function startTestMonitoring(options: TestMonitoringOptions = {}): Promise<TestMonitoring> {
  const reader = withFreshGauges(new (loadPrometheus().PrometheusExporter)({ preventServerStart: true }));
  const meterProvider = new (loadMetrics().MeterProvider)({ readers: [reader] });
  const spanExporter = new (loadTraces().InMemorySpanExporter)();
  const monitoring = await initMonitoring({
    ...options,
    meterProvider,
    traces: { spanExporter, sampler: 'always_on' },
  });
  if (monitoring.config.parts.spanExporter !== spanExporter) {
    throw new MonitoringError(
      'ERR_ALREADY_INITIALIZED',
      'llm-edge-monitoring/register has started monitoring: run the tests without the preload',
    );
  }

  const series: TestMonitoring['series'] = async (metric) => {
    const { resourceMetrics } = await reader.collect();
    const data = resourceMetrics.scopeMetrics
      .flatMap((scope) => scope.metrics)
      .find(({ descriptor }) => descriptor.name === metric);
    const points = (data?.dataPoints ?? []) as readonly (
      | HistogramMetricData['dataPoints'][number]
      | {
          readonly attributes: Readonly<Record<string, unknown>>;
          readonly value: number;
        }
    )[];
    return points.map(({ attributes, value }) => ({
      labels: attributes,
      value: typeof value === 'number' ? value : { count: value.count, sum: value.sum ?? 0 },
    }));
  };

  return {
    monitoring,
    series,
    value: async (metric, labels) =>
      (await series(metric)).find((one) => sameLabels(one.labels, labels))?.value,
    spans: async () => {
      await monitoring.forceFlush();
      return spanExporter.getFinishedSpans();
    },
    shutdown: async () => {
      await monitoring.shutdown();
      await meterProvider.shutdown();
    },
  };
}
