import { type SpanContext, TraceFlags } from '@opentelemetry/api';
import { METRICS } from '../../../lib/catalogue/metrics.js';
import { createExemplarStore } from '../../../lib/metrics/exemplars.js';
import { type ScrapeServer, startScrapeServer } from '../../../lib/prometheus/scrape-server.js';
import { createMeterHarness } from '../../support/meter-harness.js';

export type { ScrapeServer };

export const DURATION = 'llm_edge_request_duration_ms';
export const REQUESTS = 'llm_edge_requests_total';
export const LABELS = { provider: 'openai', model: 'gpt-4 "turbo"\\\n' };
export const SPAN: SpanContext = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: TraceFlags.SAMPLED,
};

/** Series of both kinds with exemplars, served as they would be. */
export async function startScenario(): Promise<ScrapeServer> {
  const harness = createMeterHarness({ 'service.name': 'edge', 'service.instance.id': '1' });
  const meter = harness.provider.getMeter('e2e');
  const exemplars = createExemplarStore();
  const { description, buckets } = METRICS[DURATION];
  const duration = meter.createHistogram(DURATION, {
    description,
    advice: { explicitBucketBoundaries: [...buckets] },
  });
  const requests = meter.createCounter(REQUESTS, { description: METRICS[REQUESTS].description });
  for (const value of [12, 180, 750_000]) {
    duration.record(value, LABELS);
    exemplars.metric(DURATION).offer(LABELS, value, SPAN);
    requests.add(1, { ...LABELS, status: 'success' });
    exemplars.metric(REQUESTS).offer({ ...LABELS, status: 'success' }, 1, SPAN);
  }
  return startScrapeServer({
    ...harness,
    host: '127.0.0.1',
    port: 0,
    path: '/metrics',
    timeoutMillis: 10_000,
    exemplars,
  });
}
