import type { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { Resource } from '@opentelemetry/resources';
import type { IMetricReader, MeterProvider, ViewOptions } from '@opentelemetry/sdk-metrics';
import { maxSeries } from '../catalogue/cardinality.js';
import { METRIC_COUNT, METRICS } from '../catalogue/metrics.js';
import type { TelemetryConfig } from '../config/config.js';
import { loadMetricPusher, loadMetrics, loadPrometheus } from '../lazy.cjs';
import { withFreshGauges } from './gauge-temporality.js';
import type { PushOutcome } from './telling-exporter.js';

/** A MeterProvider of ours and the reader that a scrape collects from. */
export interface MetricsPipeline {
  readonly provider: MeterProvider;
  readonly scrapeReader: PrometheusExporter | undefined;
}

/** What an SDK allows each instrument without being told. */
const SDK_CARDINALITY_LIMIT = 2000;

/**
 * Raises the SDK's own limit where the configured limits allow more series than its 2,000, so that only our
 * `other` folds, which keeps the provider and is counted.
 */
function cardinalityViews(config: TelemetryConfig): ViewOptions[] {
  return Object.entries(METRICS).flatMap(([instrumentName, metric]) => {
    // One more than is needed: the SDK keeps the last slot for its own overflow series.
    const aggregationCardinalityLimit = maxSeries(metric, config.limits, METRIC_COUNT) + 1;
    // Each view is matched with each instrument at the start: none is made that changes nothing.
    return aggregationCardinalityLimit > SDK_CARDINALITY_LIMIT
      ? [{ instrumentName, aggregationCardinalityLimit }]
      : [];
  });
}

/** Makes the MeterProvider with the readers that the configuration asks for. */
export function createMetricsPipeline(
  config: TelemetryConfig,
  resource: Resource,
  onPush: (outcome: PushOutcome) => void,
): MetricsPipeline {
  const { MeterProvider } = loadMetrics();
  const { exporters } = config.metrics;
  const scrapeReader = exporters.includes('prometheus')
    ? withFreshGauges(
        new (loadPrometheus().PrometheusExporter)({ preventServerStart: true, withoutScopeInfo: true }),
      )
    : undefined;
  const readers: IMetricReader[] = [];
  if (scrapeReader !== undefined) readers.push(scrapeReader);
  if (exporters.includes('otlp')) readers.push(loadMetricPusher().createMetricPusher(config, onPush));
  return {
    provider: new MeterProvider({ resource, readers, views: cardinalityViews(config) }),
    scrapeReader,
  };
}
