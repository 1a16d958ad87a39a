import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { Resource } from '@opentelemetry/resources';
import { type IMetricReader, MeterProvider, type ViewOptions } from '@opentelemetry/sdk-metrics';
import { maxSeries } from '../catalogue/limits.js';
import { METRIC_COUNT, METRICS } from '../catalogue/metrics.js';
import type { TelemetryConfig } from '../config/config.js';
import { withFreshGauges } from './gauge-temporality.js';
import { createMetricPusher } from './metric-pusher.js';
import type { PushOutcome } from './telling-exporter.js';

/** A MeterProvider of ours and the reader that a scrape collects from. */
export interface MetricsPipeline {
  readonly provider: MeterProvider;
  readonly scrapeReader: PrometheusExporter | undefined;
}

/**
 * Raises the SDK's own limit where the configured limits allow more series than its 2,000, so that only our
 * `other` folds, which keeps the provider and is counted.
 */
function cardinalityViews(config: TelemetryConfig): ViewOptions[] {
  return Object.entries(METRICS).map(([instrumentName, metric]) => ({
    instrumentName,
    // One more than is needed: the SDK keeps the last slot for its own overflow series.
    aggregationCardinalityLimit: maxSeries(metric, config.limits, METRIC_COUNT) + 1,
  }));
}

/** Makes the MeterProvider with the readers that the configuration asks for. */
export function createMetricsPipeline(
  config: TelemetryConfig,
  resource: Resource,
  onPush: (outcome: PushOutcome) => void,
): MetricsPipeline {
  const { exporters } = config.metrics;
  const scrapeReader = exporters.includes('prometheus')
    ? withFreshGauges(new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true }))
    : undefined;
  const readers: IMetricReader[] = [];
  if (scrapeReader !== undefined) readers.push(scrapeReader);
  if (exporters.includes('otlp')) readers.push(createMetricPusher(config, onPush));
  return {
    provider: new MeterProvider({ resource, readers, views: cardinalityViews(config) }),
    scrapeReader,
  };
}
