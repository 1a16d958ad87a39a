import {
  recordActiveRequests,
  recordCacheMiss,
  recordCost,
  recordRequestSuccess,
  recordTokenUsage,
} from 'llm-edge-monitoring';
import { measure, type Work } from '../harness.js';
import type { RunCase } from '../measurement.js';
import { createOtel, createPromClient, startOurs } from '../peers.js';
import { createTargets, latencyAt, targetAt } from '../workload.js';

/** Twenty targets have five series each in the metrics of a lifecycle. */
const SERIES_COUNT = 100;
const TARGETS = createTargets(SERIES_COUNT / 5);

type Record = (index: number) => void;

function repeat(record: Record): Work {
  return {
    run: (times) => {
      for (let index = 0; index < times; index += 1) record(index);
    },
  };
}

/** Time of the records of a whole request, of one counter and of a counter with a histogram, over 100 series. */
export const run: RunCase = async (effort) => {
  const monitoring = await startOurs(TARGETS.length);
  const prom = createPromClient();
  const otel = createOtel(undefined, SERIES_COUNT);

  const lifecycle = {
    ours: repeat((index) => {
      const { provider, model } = targetAt(TARGETS, index);
      recordActiveRequests(1);
      recordRequestSuccess(provider, model, latencyAt(index));
      recordTokenUsage(provider, model, 1200, 300);
      recordCost(provider, model, 0.0075);
      recordCacheMiss('L1');
      recordActiveRequests(0);
    }),
    promClient: repeat((index) => {
      const { provider, model } = targetAt(TARGETS, index);
      prom.active.inc();
      prom.requests.inc({ provider, model, status: 'success' });
      prom.durations.observe({ provider, model }, latencyAt(index));
      prom.tokens.inc({ provider, model, type: 'input' }, 1200);
      prom.tokens.inc({ provider, model, type: 'output' }, 300);
      prom.cost.inc({ provider, model }, 0.0075);
      prom.misses.inc({ tier: 'L1' });
      prom.active.dec();
    }),
    otel: repeat((index) => {
      const { provider, model } = targetAt(TARGETS, index);
      otel.active.add(1);
      otel.requests.add(1, { provider, model, status: 'success' });
      otel.durations.record(latencyAt(index), { provider, model });
      otel.tokens.add(1200, { provider, model, type: 'input' });
      otel.tokens.add(300, { provider, model, type: 'output' });
      otel.cost.add(0.0075, { provider, model });
      otel.misses.add(1, { tier: 'L1' });
      otel.active.add(-1);
    }),
  };
  const counter = {
    ours: repeat((index) => {
      const { provider, model } = targetAt(TARGETS, index);
      recordCost(provider, model, 0.0075);
    }),
    promClient: repeat((index) => {
      const { provider, model } = targetAt(TARGETS, index);
      prom.cost.inc({ provider, model }, 0.0075);
    }),
    otel: repeat((index) => {
      const { provider, model } = targetAt(TARGETS, index);
      otel.cost.add(0.0075, { provider, model });
    }),
  };
  const request = {
    ours: repeat((index) => {
      const { provider, model } = targetAt(TARGETS, index);
      recordRequestSuccess(provider, model, latencyAt(index));
    }),
    promClient: repeat((index) => {
      const { provider, model } = targetAt(TARGETS, index);
      prom.requests.inc({ provider, model, status: 'success' });
      prom.durations.observe({ provider, model }, latencyAt(index));
    }),
    otel: repeat((index) => {
      const { provider, model } = targetAt(TARGETS, index);
      otel.durations.record(latencyAt(index), { provider, model });
    }),
  };

  const measurements = [
    { name: 'record.lifecycle', unit: 'ns', samples: await measure(lifecycle, { effort }) },
    {
      name: 'record.counter',
      unit: 'ns',
      samples: await measure(counter, { effort }),
      unequal:
        'ours only adds to a number, and hands the sum to the SDK at the next collection, where `scrape.*` counts it.',
    },
    {
      name: 'record.request',
      unit: 'ns',
      samples: await measure(request, { effort }),
      unequal:
        'ours and prom-client record a counter and a histogram; plain OTel records the histogram only, which is the ' +
        'floor of every package over its SDK.',
    },
  ] as const;
  await monitoring.shutdown();
  return measurements;
};
