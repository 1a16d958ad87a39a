import type { Monitoring } from 'llm-edge-monitoring';
import { recordCost, recordRequestSuccess, recordTokenUsage } from 'llm-edge-monitoring';
import { collectGarbage } from '../harness.js';
import type { Measurement, RunCase, Subject } from '../measurement.js';
import { createScraper } from '../package.js';
import { createOtel, createPromClient, readerOf, startOurs } from '../peers.js';
import { recordAll } from '../scraping.js';
import { createTargets, latencyAt, type Target, targetAt } from '../workload.js';

const TARGETS = createTargets(1000);
/** Each target has a counter and a histogram series. */
const THOUSANDS_OF_SERIES = 2;
const RECORDS = 1e6;
const SCRAPES = 200;
const KB = 1024;
const WARM_UP_ROUNDS = 20;

/** The heap and the buffers beside it. */
function heap(): number {
  collectGarbage();
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Heap that series take once they were recorded and scraped. */
async function seriesHeap(monitoring: Monitoring): Promise<Measurement> {
  const scraper = createScraper({ reader: readerOf(monitoring), timeoutMillis: 10_000 });
  const prom = createPromClient();
  const otel = createOtel();
  // None returns its page: what was awaited last is kept until the next await, and would be taken for heap of the next.
  const makers: Partial<Record<Subject, () => Promise<void>>> = {
    ours: async () => {
      recordAll.ours(TARGETS, false);
      await scraper.page('text');
    },
    promClient: async () => {
      recordAll.promClient(prom, TARGETS, false);
      await prom.registry.metrics();
    },
    otel: async () => {
      recordAll.otel(otel, TARGETS, false);
      await otel.exporter.collect();
    },
  };
  const samples: Partial<Record<Subject, number[]>> = {};
  // The code of each is compiled before, on instances that are dropped; ours on a few of its series.
  await warmUp();
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) {
    recordAll.ours(TARGETS.slice(0, 10), false);
    await scraper.page('text');
  }
  for (const [subject, make] of Object.entries(makers)) {
    const before = heap();
    await make();
    await make();
    samples[subject as Subject] = [(heap() - before) / KB / THOUSANDS_OF_SERIES];
    // What is never used again would have been collected before its heap was taken.
    await make();
  }
  return {
    name: 'memory.series',
    unit: 'KB',
    samples,
    unequal:
      'ours holds the series of the SDK, which plain OTel shows alone, and the cells and label text of this package.',
  };
}

async function warmUp(): Promise<void> {
  const prom = createPromClient();
  const otel = createOtel();
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) {
    recordAll.promClient(prom, TARGETS, false);
    recordAll.otel(otel, TARGETS, false);
    await prom.registry.metrics();
    await otel.exporter.collect();
  }
}

function record(targets: readonly Target[], times: number): void {
  for (let index = 0; index < times; index += 1) {
    const { provider, model } = targetAt(targets, index);
    recordCost(provider, model, 0.0075);
    if (index % 10 === 0) recordRequestSuccess(provider, model, latencyAt(index));
    if (index % 10 === 5) recordTokenUsage(provider, model, 1200, 300);
  }
}

/** Heap per 1,000 series, and what is left behind by records and scrapes after the first of them. */
export const run: RunCase = async () => {
  const monitoring = await startOurs(TARGETS.length);
  const series = await seriesHeap(monitoring);
  const scraper = createScraper({ reader: readerOf(monitoring), timeoutMillis: 10_000 });
  const scrape = async (times: number): Promise<void> => {
    for (let index = 0; index < times; index += 1) {
      record(TARGETS, 1000);
      await scraper.page('text');
    }
  };

  record(TARGETS, 200_000);
  await scrape(30);
  const warm = heap();
  record(TARGETS, RECORDS);
  const recorded = heap();
  await scrape(SCRAPES);
  const scraped = heap();
  await monitoring.shutdown();
  return [
    series,
    { name: 'memory.records', unit: 'KB', samples: { ours: [(recorded - warm) / KB] } },
    { name: 'memory.scrapes', unit: 'KB', samples: { ours: [(scraped - recorded) / KB] } },
  ];
};
