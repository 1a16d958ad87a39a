import { measure, scaled } from '../harness.js';
import type { Effort, Measurement, RunCase } from '../measurement.js';
import { createOtel, createPromClient, startOurs } from '../peers.js';
import { scrapeWorks } from '../scraping.js';
import { createTargets } from '../workload.js';

const NS_PER_MS = 1e6;
const WARM_UP_ROUNDS = 30;

async function scrape(
  name: string,
  targetCount: number,
  withCost: boolean,
  effort: Effort,
): Promise<Measurement> {
  const targets = createTargets(targetCount);
  const monitoring = await startOurs(targetCount);
  const works = scrapeWorks(monitoring, createPromClient(), createOtel(), targets, withCost);
  const samples = await measure(works, { effort, clock: 'cpu', times: 1, warmUpRounds: WARM_UP_ROUNDS });
  await monitoring.shutdown();
  return { name, unit: 'ms', samples: scaled(samples, NS_PER_MS) };
}

/** CPU time of one page on which every series has changed. */
export const run: RunCase = async (effort) => [
  // 100 counter and 50 histogram series; then 1,000 and 1,000, with 16 buckets each.
  await scrape('scrape.small', 50, true, effort),
  await scrape('scrape.large', 1000, false, effort),
];
