import type { Attributes } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { initMonitoring, METRICS, type Monitoring, type MonitoringOptions } from 'llm-edge-monitoring';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

const BUCKETS = METRICS.llm_edge_request_duration_ms.buckets;
const SERIES_MAX = 20_000;
/** What the SDK allows an instrument that has no view. */
const SDK_SERIES_MAX = 2000;

/** Starts the package with room for that many models, without spans by default. */
export function startOurs(models: number, traces: MonitoringOptions['traces'] = { exporter: 'none' }) {
  return initMonitoring({ metrics: { port: 0 }, limits: { models: models + 1 }, traces });
}

/** The reader that the running monitoring is scraped from. */
export function readerOf(monitoring: Monitoring): PrometheusExporter {
  // Not public: the reader without the server around it.
  const { telemetry } = monitoring as unknown as { telemetry: { scrapeReader: PrometheusExporter } };
  return telemetry.scrapeReader;
}

/** What a gateway would make with prom-client to have the same metrics. */
export function createPromClient() {
  const registry = new Registry();
  const shared = { registers: [registry] };
  const counter = <Label extends string>(name: string, ...labelNames: Label[]) =>
    new Counter({ ...shared, name, help: name, labelNames });
  return {
    registry,
    requests: counter('llm_edge_requests_total', 'provider', 'model', 'status', 'error_type'),
    tokens: counter('llm_edge_tokens_total', 'provider', 'model', 'type'),
    cost: counter('llm_edge_cost_usd_total', 'provider', 'model'),
    misses: counter('llm_edge_cache_misses_total', 'tier'),
    active: new Gauge({ ...shared, name: 'llm_edge_active_requests', help: 'active' }),
    durations: new Histogram({
      ...shared,
      name: 'llm_edge_request_duration_ms',
      help: 'durations',
      labelNames: ['provider', 'model'],
      buckets: [...BUCKETS],
    }),
  };
}

/**
 * What a gateway would make with plain OpenTelemetry instruments and the stock exporter.
 *
 * @param seriesMax - how many series an instrument is to hold; a view, which slows records down, only where the
 * SDK's own limit is too low for them.
 */
export function createOtel(port?: number, seriesMax = SERIES_MAX) {
  const exporter = new PrometheusExporter({
    host: '127.0.0.1',
    preventServerStart: true,
    withoutScopeInfo: true,
    ...(port === undefined ? {} : { port }),
  });
  const provider = new MeterProvider({
    readers: [exporter],
    views:
      seriesMax < SDK_SERIES_MAX ? [] : [{ instrumentName: '*', aggregationCardinalityLimit: seriesMax }],
  });
  const meter = provider.getMeter('bench');
  return {
    exporter,
    provider,
    requests: meter.createCounter<Attributes>('llm_edge_requests_total'),
    tokens: meter.createCounter<Attributes>('llm_edge_tokens_total'),
    cost: meter.createCounter<Attributes>('llm_edge_cost_usd_total'),
    misses: meter.createCounter<Attributes>('llm_edge_cache_misses_total'),
    active: meter.createUpDownCounter<Attributes>('llm_edge_active_requests'),
    durations: meter.createHistogram<Attributes>('llm_edge_request_duration_ms', {
      advice: { explicitBucketBoundaries: [...BUCKETS] },
    }),
  };
}
