import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { measure, scaled, type Work } from '../harness.js';
import type { Effort, Measurement, RunCase } from '../measurement.js';
import { createTextRenderer } from '../package.js';
import { createOtel, createPromClient, startOurs } from '../peers.js';
import { recordAll, scrapeWorks } from '../scraping.js';
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
  const samples = await measure(works, { effort, times: 1, warmUpRounds: WARM_UP_ROUNDS });
  await monitoring.shutdown();
  return { name, unit: 'ms', samples: scaled(samples, NS_PER_MS) };
}

/** Text of one page from what is collected already: what a renderer has in hand, ours and the stock one. */
async function render(
  name: string,
  targetCount: number,
  withCost: boolean,
  effort: Effort,
): Promise<Measurement> {
  const targets = createTargets(targetCount);
  const otel = createOtel();
  const renderer = createTextRenderer('text');
  const serializer = new PrometheusSerializer(undefined, false, undefined, undefined, true);
  let collected = (await otel.exporter.collect()).resourceMetrics;
  const prepare = async (): Promise<void> => {
    recordAll.otel(otel, targets, withCost);
    collected = (await otel.exporter.collect()).resourceMetrics;
  };
  const works: Record<'ours' | 'otel', Work> = {
    ours: {
      prepare,
      run: () => {
        for (const slice of renderer.render(collected)) Buffer.from(slice);
      },
    },
    otel: {
      prepare,
      run: () => {
        Buffer.from(serializer.serialize(collected));
      },
    },
  };
  const samples = await measure(works, { effort, times: 1, warmUpRounds: WARM_UP_ROUNDS });
  return { name, unit: 'ms', samples: scaled(samples, NS_PER_MS) };
}

/** CPU time of one page on which every series has changed. */
export const run: RunCase = async (effort) => [
  // 100 counter and 50 histogram series; then 1,000 and 1,000, with 16 buckets each.
  await scrape('scrape.small', 50, true, effort),
  await scrape('scrape.large', 1000, false, effort),
  await render('scrape.small.render', 50, true, effort),
  await render('scrape.large.render', 1000, false, effort),
];
