import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, startCluster } from '../clusters.js';
import type { Effort, Measurement, RunCase, Subject } from '../measurement.js';
import { median } from '../statistics.js';

const WORKERS = 16;
/** Enough for the median of what the program costs without any monitoring. */
const IDLE_WORKERS = 4;
const IDLE_MILLIS = 3000;
const WARM_UP_ROUNDS = 2;
const KB = 1024;
/** How long a record may take to reach the page: far more than the second it needs. */
const SHOWN_WITHIN_MILLIS = 30_000;
const LOOK_MILLIS = 100;

/** Targets that make, with the package's own series, pages of 500 and of 7,000 lines: 32 of each. */
const SIZES = { small: 13, large: 216 } as const;
const SCRAPED = ['ours', 'promClient'] as const satisfies readonly Subject[];
type Clusters = Readonly<Record<(typeof SCRAPED)[number] | 'off', Cluster>>;

const UNEQUAL =
  'ours also shows some 90 series of the package’s own; prom-client’s primary asks every worker in each scrape.';

/** What monitoring adds to a worker that records nothing. */
async function idleWorkers(
  clusters: Clusters,
): Promise<{ readonly cpu: number[]; readonly delay: number[] }> {
  const everyone = [clusters.ours, clusters.off];
  const askAll = (order: 'cpu' | 'watchDelay' | 'longestDelay') =>
    Promise.all(everyone.map((cluster) => cluster.ask({ order, to: 'all' })));
  await sleep(IDLE_MILLIS);
  await askAll('cpu');
  await sleep(IDLE_MILLIS);
  const [ours = [], off = []] = await askAll('cpu');
  // Apart from the CPU time: the timer that watches costs more than what it watches.
  await askAll('watchDelay');
  await sleep(IDLE_MILLIS);
  const [delay = []] = await askAll('longestDelay');
  return { cpu: ours.map((millis) => millis - median(off)), delay: [...delay] };
}

/** One scrape after a record in every series of every worker: its time, the stall of who answers, its bytes. */
async function scrape(cluster: Cluster) {
  await cluster.ask({ order: 'record', to: 'all' });
  await cluster.ask({ order: 'watchTurns', to: 'answerer' });
  const startedAt = performance.now();
  const page = await cluster.scrape();
  const millis = performance.now() - startedAt;
  const [stall = Number.NaN] = await cluster.ask({ order: 'longestTurn', to: 'answerer' });
  return { millis, stall, kilobytes: Buffer.byteLength(page) / KB };
}

function victimsRequests(page: string): number {
  return Number(/^llm_edge_requests_total\{[^}]*model="victim"[^}]*\} (\S+)/m.exec(page)?.[1] ?? 0);
}

/** Records of a worker that are on the page, and no longer on it once the worker was killed. */
async function lostRecords(cluster: Cluster): Promise<number> {
  const [recorded = Number.NaN] = await cluster.ask({ order: 'recordAsVictim', to: 'victim' });
  const giveUpAt = performance.now() + SHOWN_WITHIN_MILLIS;
  while (victimsRequests(await cluster.scrape()) !== recorded) {
    if (performance.now() > giveUpAt) throw new Error('the records of a worker do not reach the page');
    await sleep(LOOK_MILLIS);
  }
  await cluster.ask({ kill: true });
  return recorded - victimsRequests(await cluster.scrape());
}

async function measureSize(size: keyof typeof SIZES, effort: Effort): Promise<readonly Measurement[]> {
  const workersDir = mkdtempSync(join(tmpdir(), 'bench-'));
  const start = (subject: keyof Clusters, workerCount: number) =>
    startCluster(subject, { workerCount, targetCount: SIZES[size], workersDir });
  const clusters: Clusters = {
    ours: await start('ours', WORKERS),
    promClient: await start('promClient', WORKERS),
    off: await start('off', IDLE_WORKERS),
  };
  const idle = await idleWorkers(clusters);
  await clusters.off.stop();

  const millis: Record<(typeof SCRAPED)[number], number[]> = { ours: [], promClient: [] };
  const stall: typeof millis = { ours: [], promClient: [] };
  const kilobytes: typeof millis = { ours: [], promClient: [] };
  const lost: typeof millis = { ours: [], promClient: [] };
  for (let round = -WARM_UP_ROUNDS; round < effort.rounds; round += 1) {
    for (const subject of SCRAPED) {
      const measured = await scrape(clusters[subject]);
      if (round < 0) continue;
      millis[subject].push(measured.millis);
      stall[subject].push(measured.stall);
      kilobytes[subject].push(measured.kilobytes);
    }
  }
  for (const subject of SCRAPED) {
    lost[subject].push(await lostRecords(clusters[subject]));
    await clusters[subject].stop();
  }
  rmSync(workersDir, { recursive: true });
  const name = `workers.${size}`;
  return [
    { name: `${name}.cpu`, unit: 'ms/s', samples: { ours: idle.cpu } },
    { name: `${name}.publish`, unit: 'ms', samples: { ours: idle.delay } },
    { name: `${name}.scrape`, unit: 'ms', samples: millis, unequal: UNEQUAL },
    { name: `${name}.block`, unit: 'ms', samples: stall, unequal: UNEQUAL },
    { name: `${name}.page`, unit: 'KB', samples: kilobytes, unequal: UNEQUAL },
    { name: `${name}.lost`, unit: 'records', samples: lost },
  ];
}

/**
 * Sixteen workers of `node:cluster` with one page, idle, scraped, and after one of them was killed. Wall time, which
 * the processes of a busy machine take from each other.
 */
export const run: RunCase = async (effort) => [
  ...(await measureSize('small', effort)),
  ...(await measureSize('large', effort)),
];
