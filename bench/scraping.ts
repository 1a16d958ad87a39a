import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { type Monitoring, recordCost, recordRequestSuccess } from 'llm-edge-monitoring';
import { collectYoungGarbage, type Work } from './harness.js';
import { createScraper } from './package.js';
import { type createOtel, type createPromClient, readerOf } from './peers.js';
import { latencyAt, type Target } from './workload.js';

const TIMEOUT_MILLIS = 10_000;
let records = 0;

/** One record in every series, so that no page is the same as the one before. */
export const recordAll = {
  ours(targets: readonly Target[], withCost: boolean): void {
    for (const { provider, model } of targets) {
      recordRequestSuccess(provider, model, latencyAt(records++));
      if (withCost) recordCost(provider, model, 0.0075);
    }
  },
  promClient(prom: ReturnType<typeof createPromClient>, targets: readonly Target[], withCost: boolean): void {
    for (const { provider, model } of targets) {
      prom.requests.inc({ provider, model, status: 'success' });
      prom.durations.observe({ provider, model }, latencyAt(records++));
      if (withCost) prom.cost.inc({ provider, model }, 0.0075);
    }
  },
  otel(otel: ReturnType<typeof createOtel>, targets: readonly Target[], withCost: boolean): void {
    for (const { provider, model } of targets) {
      otel.requests.add(1, { provider, model, status: 'success' });
      otel.durations.record(latencyAt(records++), { provider, model });
      if (withCost) otel.cost.add(0.0075, { provider, model });
    }
  },
};

/** Everything that makes one page, the HTTP around it and the garbage of the records before it left out. */
export function scrapeWorks(
  monitoring: Monitoring,
  prom: ReturnType<typeof createPromClient>,
  otel: ReturnType<typeof createOtel>,
  targets: readonly Target[],
  withCost: boolean,
): Record<'ours' | 'promClient' | 'otel', Work> {
  const scraper = createScraper({ reader: readerOf(monitoring), timeoutMillis: TIMEOUT_MILLIS });
  const serializer = new PrometheusSerializer(undefined, false, undefined, undefined, true);
  return {
    ours: {
      prepare: () => {
        recordAll.ours(targets, withCost);
        collectYoungGarbage();
      },
      run: async (times) => {
        for (let index = 0; index < times; index += 1) await scraper.page('text');
      },
    },
    promClient: {
      prepare: () => {
        recordAll.promClient(prom, targets, withCost);
        collectYoungGarbage();
      },
      run: async (times) => {
        // prom-client hands out a string; a server has to make bytes of it, as our page already has.
        for (let index = 0; index < times; index += 1) Buffer.from(await prom.registry.metrics());
      },
    },
    otel: {
      prepare: () => {
        recordAll.otel(otel, targets, withCost);
        collectYoungGarbage();
      },
      run: async (times) => {
        for (let index = 0; index < times; index += 1) {
          const { resourceMetrics } = await otel.exporter.collect();
          Buffer.from(serializer.serialize(resourceMetrics));
        }
      },
    },
  };
}
