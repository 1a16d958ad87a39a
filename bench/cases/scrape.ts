import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { collectYoungGarbage, measure, scaled, type Work } from '../harness.js';
import type { Effort, Measurement, RunCase } from '../measurement.js';
import { createTextRenderer } from '../package.js';
import { createOtel, createPromClient, startOurs } from '../peers.js';
import { recordAll, scrapeWorks } from '../scraping.js';
import { createTargets } from '../workload.js';

const NS_PER_MS = 1e6;
const WARM_UP_ROUNDS = 30;

/** What is on the page, and how many pages one sample has. */
interface PageSize {
  readonly targetCount: number;
  readonly withCost: boolean;
  readonly repeats: number;
}

/** 100 counter and 50 histogram series. */
const SMALL: PageSize = { targetCount: 50, withCost: true, repeats: 25 };
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
  return { name, unit: 'ms', samples: scaled(samples, NS_PER_MS) };
}

/** Text of one page from what is collected already: what a renderer has in hand, ours and the stock one. */
async function render(
  name: string,
  { targetCount, withCost, repeats }: PageSize,
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
    collectYoungGarbage();
  };
  const works: Record<'ours' | 'otel', Work> = {
    ours: {
      prepare,
      run: () => {
        // Its page is bytes already.
        const rendering = renderer.render(collected);
        while (rendering.next().done !== true);
      },
    },
    otel: {
      prepare,
      run: () => {
        Buffer.from(serializer.serialize(collected));
      },
    },
  };
  const samples = await measure(works, { effort, times: 1, repeats, warmUpRounds: WARM_UP_ROUNDS });
  return { name, unit: 'ms', samples: scaled(samples, NS_PER_MS) };
}

/** CPU time of one page on which every series has changed. */
export const run: RunCase = async (effort) => [
  await scrape('scrape.small', SMALL, effort),
  await scrape('scrape.large', LARGE, effort),
  await render('scrape.small.render', SMALL, effort),
  await render('scrape.large.render', LARGE, effort),
];
