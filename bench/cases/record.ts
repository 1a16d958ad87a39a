import {
  recordActiveRequests,
  recordCacheMiss,
  recordCost,
  recordRequestSuccess,
  recordTokenUsage,
} from 'llm-edge-monitoring';
import { measure, type Work } from '../harness.js';
import type { RunCase } from '../measurement.js';
import { current } from '../package.js';
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

/** Time of one whole request, one counter and one histogram record, over 100 live series. */
export const run: RunCase = async (effort) => {
  const monitoring = await startOurs(TARGETS.length);
  const { recorder } = current;
  if (!recorder.enabled) throw new Error('nothing records');
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
  const histogram = {
    ours: repeat((index) => {
      const { provider, model } = targetAt(TARGETS, index);
      recorder.recordTimeToFirstToken(provider, model, latencyAt(index));
    }),
    promClient: repeat((index) => {
      const { provider, model } = targetAt(TARGETS, index);
      prom.durations.observe({ provider, model }, latencyAt(index));
    }),
    otel: repeat((index) => {
      const { provider, model } = targetAt(TARGETS, index);
      otel.durations.record(latencyAt(index), { provider, model });
    }),
  };

  const measurements = [
    { name: 'record.lifecycle', unit: 'ns', samples: await measure(lifecycle, { effort }) },
    { name: 'record.counter', unit: 'ns', samples: await measure(counter, { effort }) },
    { name: 'record.histogram', unit: 'ns', samples: await measure(histogram, { effort }) },
  ] as const;
  await monitoring.shutdown();
  return measurements;
};
