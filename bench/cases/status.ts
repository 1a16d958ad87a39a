import type { Monitoring } from 'llm-edge-monitoring';
import { collectGarbage, collectYoungGarbage, measure, scaled } from '../harness.js';
import type { Effort, Measurement, RunCase } from '../measurement.js';
import { createSampler, createScraper, createStatusSource, STATUS_PANELS } from '../package.js';
import { readerOf, startOurs } from '../peers.js';
import { recordAll } from '../scraping.js';
import { createTargets, type Target } from '../workload.js';

const NS_PER_MS = 1e6;
const KB = 1024;
const TIMEOUT_MILLIS = 10_000;
const WARM_UP_ROUNDS = 15;
/** Two counters and a histogram. */
const SERIES_OF_TARGET = 3;
/** More than the history holds, so that all of its memory is in use. */
const POINTS = 400;
/** Longer than somebody counts as looking, so that each view takes a sample. */
const PAUSE_MILLIS = 20_000;

/** The sampler and the history of a running monitoring, with a clock that a call moves on to the next sample. */
function createStatus(monitoring: Monitoring) {
  const scraper = createScraper({ reader: readerOf(monitoring), timeoutMillis: TIMEOUT_MILLIS });
  const source = createStatusSource({
    panels: STATUS_PANELS,
    head: () => ({ title: '', process: {} as never, hints: [] }),
    sources: () => ({ failures: [] }),
  });
  let pausedMillis = 0;
  const sampler = createSampler({
    readings: source.readings,
    collect: () => scraper.collect(),
    onSample: (sample) => source.add(sample),
    setTimer: () => () => undefined,
    now: () => performance.now() + pausedMillis,
    wallNow: () => Date.now() + pausedMillis,
  });
  const takeSample = (): Promise<void> => {
    pausedMillis += PAUSE_MILLIS;
    return sampler.view();
  };
  return { scraper, source, takeSample };
}

async function sampleCost(
  name: string,
  seriesCount: number,
  repeats: number,
  effort: Effort,
): Promise<Measurement> {
  const targets = createTargets(Math.round(seriesCount / SERIES_OF_TARGET));
  const monitoring = await startOurs(targets.length);
  const { scraper, source, takeSample } = createStatus(monitoring);
  const prepare = (): void => {
    recordAll.ours(targets, true);
    collectYoungGarbage();
  };
  const works = {
    ours: {
      prepare,
      run: async () => {
        await takeSample();
        source.json();
      },
    },
    scrape: {
      prepare,
      run: async () => {
        await scraper.page('text');
      },
    },
  };
  const samples = await measure(works, { effort, times: 1, repeats, warmUpRounds: WARM_UP_ROUNDS });
  await monitoring.shutdown();
  return {
    name,
    unit: 'ms',
    samples: scaled(samples, NS_PER_MS),
    unequal: 'ours is a sample and its document.',
  };
}

function heap(): number {
  collectGarbage();
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** What a full history and its last document hold, beside the bytes of one scrape. */
async function historyMemory(targets: readonly Target[]): Promise<Measurement> {
  const monitoring = await startOurs(targets.length);
  recordAll.ours(targets, true);
  const warm = createStatus(monitoring);
  const page = (await warm.scraper.page('text')).body.length / KB;
  for (let point = 0; point < POINTS; point += 1) await warm.takeSample();
  warm.source.json();
  const before = heap();
  const { source, takeSample } = createStatus(monitoring);
  for (let point = 0; point < POINTS; point += 1) await takeSample();
  source.json();
  const held = (heap() - before) / KB;
  // What is never used again would have been collected before its heap was taken.
  source.json();
  await takeSample();
  await warm.takeSample();
  await monitoring.shutdown();
  return {
    name: 'status.history',
    unit: 'KB',
    samples: { ours: [held], scrape: [page] },
    unequal: 'ours is held, a scrape is gone once it is sent.',
  };
}

/** CPU time of one sample of the status page beside a scrape of the same series, and the memory of its history. */
export const run: RunCase = async (effort) => [
  await sampleCost('status.sample.small', 500, 10, effort),
  await sampleCost('status.sample.large', 7000, 1, effort),
  await historyMemory(createTargets(Math.round(500 / SERIES_OF_TARGET))),
];
