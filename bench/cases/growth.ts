import { recordCost } from 'llm-edge-monitoring';
import { measure, type Samples, scaled } from '../harness.js';
import type { Effort, Measurement, RunCase } from '../measurement.js';
import { createOtel, createPromClient, startOurs } from '../peers.js';
import { scrapeWorks } from '../scraping.js';
import { createTargets, targetAt } from '../workload.js';

const SIZES = [10, 100, 1000, 10_000] as const;
const NS_PER_US = 1000;
const SCRAPE_ROUNDS = 11;
/** A scrape has a counter and a histogram series of each target. */
const SERIES_OF_TARGET = 2;

interface Costs {
  readonly record: Samples;
  /** For each series. */
  readonly scrape: Samples;
}

async function costsAt(size: number, effort: Effort): Promise<Costs> {
  const targets = createTargets(size);
  const monitoring = await startOurs(size);
  const prom = createPromClient();
  const otel = createOtel();
  const record = await measure(
    {
      ours: {
        run: (times) => {
          for (let index = 0; index < times; index += 1) {
            const { provider, model } = targetAt(targets, index);
            recordCost(provider, model, 0.0075);
          }
        },
      },
      promClient: {
        run: (times) => {
          for (let index = 0; index < times; index += 1) {
            const { provider, model } = targetAt(targets, index);
            prom.cost.inc({ provider, model }, 0.0075);
          }
        },
      },
    },
    { effort },
  );
  const works = scrapeWorks(monitoring, prom, otel, createTargets(size / SERIES_OF_TARGET), false);
  const scrape = await measure(
    { ours: works.ours, promClient: works.promClient },
    { effort: { ...effort, rounds: SCRAPE_ROUNDS }, times: 1, warmUpRounds: size > 1000 ? 3 : 20 },
  );
  await monitoring.shutdown();
  return { record, scrape: scaled(scrape, size * NS_PER_US) };
}

/** How much more the second costs than the first, round by round. */
function growthOf(from: Samples, to: Samples): Samples {
  return Object.fromEntries(
    Object.entries(to).map(([subject, values]) => {
      const base = from[subject as keyof Samples] ?? [];
      return [subject, values.map((value, round) => value / (base[round] ?? Number.NaN))];
    }),
  );
}

/** Cost of a record and of each scraped series as the number of series grows. */
export const run: RunCase = async (effort) => {
  const costs = new Map<number, Costs>();
  for (const size of SIZES) costs.set(size, await costsAt(size, effort));
  const measurements: Measurement[] = [...costs].flatMap(([size, { record, scrape }]) => [
    { name: `growth.record.${size}`, unit: 'ns', samples: record },
    { name: `growth.scrape.${size}`, unit: 'us', samples: scrape },
  ]);
  const [small, large] = [costs.get(100), costs.get(10_000)];
  const medium = costs.get(1000);
  if (small !== undefined && medium !== undefined && large !== undefined) {
    measurements.push(
      { name: 'growth.record', unit: 'ratio', samples: growthOf(small.record, large.record) },
      { name: 'growth.scrape', unit: 'ratio', samples: growthOf(medium.scrape, large.scrape) },
    );
  }
  return measurements;
};
