import { measure, scaled } from '../harness.js';
import type { Effort, Measurement, RunCase } from '../measurement.js';
import { createOtel, createPromClient, startOurs } from '../peers.js';
import { scrapeWorks } from '../scraping.js';
import { createTargets } from '../workload.js';

const NS_PER_MS = 1e6;
const WARM_UP_ROUNDS = 15;

/** What is on the page, and how many pages one sample has. */
interface PageSize {
  readonly targetCount: number;
  readonly withCost: boolean;
  readonly repeats: number;
}

/** 100 counter and 50 histogram series. */
const SMALL: PageSize = { targetCount: 50, withCost: true, repeats: 10 };
/** 1,000 and 1,000, with as many buckets as a duration has. */
const LARGE: PageSize = { targetCount: 1000, withCost: false, repeats: 1 };

async function scrape(
  name: string,
  { targetCount, withCost, repeats }: PageSize,
  effort: Effort,
): Promise<Measurement> {
  const targets = createTargets(targetCount);
  const monitoring = await startOurs(targetCount);
  const works = scrapeWorks(monitoring, createPromClient(), createOtel(), targets, withCost);
  const samples = await measure(works, { effort, times: 1, repeats, warmUpRounds: WARM_UP_ROUNDS });
  await monitoring.shutdown();
  return {
    name,
    unit: 'ms',
    samples: scaled(samples, NS_PER_MS),
    unequal: 'ours also shows some 60 series of the package’s own health.',
  };
}

/** CPU time of one page on which every series has changed. */
export const run: RunCase = async (effort) => [
  await scrape('scrape.small', SMALL, effort),
  await scrape('scrape.large', LARGE, effort),
];
