import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, type ResourceMetrics, type ViewOptions } from '@opentelemetry/sdk-metrics';

export { collectNow } from '../../lib/otlp/collect-now.js';
export { withFreshGauges } from '../../lib/otlp/metric-readers.js';

/** The real SDK over the reader that a scrape collects from. */
export interface MeterHarness {
  readonly provider: MeterProvider;
  readonly reader: PrometheusExporter;
  collect(): Promise<ResourceMetrics>;
}

/** Makes a MeterProvider with one Prometheus reader and no server. */
export function createMeterHarness(
  resource: Record<string, string> = { 'service.name': 'spec' },
  views: ViewOptions[] = [],
): MeterHarness {
  const reader = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({
    resource: resourceFromAttributes(resource),
    readers: [reader],
    views,
  });
  return {
    provider,
    reader,
    async collect() {
      const { resourceMetrics, errors } = await reader.collect();
      if (errors.length > 0) throw new AggregateError(errors);
      return resourceMetrics;
    },
  };
}
