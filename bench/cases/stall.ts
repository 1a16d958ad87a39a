import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import { collectYoungGarbage } from '../harness.js';
import type { Effort, Measurement, RunCase, Subject } from '../measurement.js';
import { createOtel, createPromClient, startOurs } from '../peers.js';
import { freePort } from '../ports.js';
import type { ScrapeOrder } from '../programs/scrape-worker.js';
import { recordAll } from '../scraping.js';
import { createTargets } from '../workload.js';

const TARGETS = createTargets(1000);
const WARM_UP_ROUNDS = 5;

interface Server {
  readonly subject: Subject;
  readonly url: string;
  readonly prepare: () => void;
}

async function startServers(): Promise<readonly Server[]> {
  const monitoring = await startOurs(TARGETS.length);
  const prom = createPromClient();
  const promServer = createServer(async (_request, response) => {
    response.setHeader('content-type', prom.registry.contentType);
    response.end(await prom.registry.metrics());
  }).listen(0, '127.0.0.1');
  await once(promServer, 'listening');
  const otelPort = await freePort();
  const otel = createOtel(otelPort);
  await otel.exporter.startServer();
  const promPort = (promServer.address() as AddressInfo).port;
  return [
    {
      subject: 'ours',
      url: (monitoring.metricsUrl ?? '').replace('localhost', '127.0.0.1'),
      prepare: () => recordAll.ours(TARGETS, false),
    },
    {
      subject: 'promClient',
      url: `http://127.0.0.1:${promPort}/metrics`,
      prepare: () => recordAll.promClient(prom, TARGETS, false),
    },
    {
      subject: 'otel',
      url: `http://127.0.0.1:${otelPort}/metrics`,
      prepare: () => recordAll.otel(otel, TARGETS, false),
    },
  ];
}

/** The longest time in which no callback could run while the order was carried out, in milliseconds. */
async function longestStall(worker: Worker, order: ScrapeOrder): Promise<number> {
  let longest = 0;
  let lastTurn = performance.now();
  let running = true;
  const tick = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - lastTurn);
    lastTurn = now;
    if (running) setImmediate(tick);
  };
  setImmediate(tick);
  worker.postMessage(order);
  await once(worker, 'message');
  running = false;
  return longest;
}

async function stalls(
  name: string,
  servers: readonly Server[],
  worker: Worker,
  order: Omit<ScrapeOrder, 'url'>,
  effort: Effort,
): Promise<Measurement> {
  const samples: Partial<Record<Subject, number[]>> = {};
  for (let round = -WARM_UP_ROUNDS; round < effort.rounds; round += 1) {
    for (const { subject, url, prepare } of servers) {
      prepare();
      collectYoungGarbage();
      const stall = await longestStall(worker, { ...order, url });
      if (round < 0) continue;
      samples[subject] ??= [];
      samples[subject].push(stall);
    }
  }
  return {
    name,
    unit: 'ms',
    samples,
    ...(order.gzip && {
      unequal: 'ours compresses the page, once for all three; the peers send it as it is.',
    }),
  };
}

/** The longest stall of the event loop during one scrape of 1,000 counters and 1,000 histograms, all changed. */
export const run: RunCase = async (effort) => {
  const servers = await startServers();
  const worker = new Worker(new URL('../programs/scrape-worker.js', import.meta.url));
  await once(worker, 'online');
  return [
    await stalls('scrape.block', servers, worker, { count: 1, gzip: false }, effort),
    await stalls('scrape.block.three', servers, worker, { count: 3, gzip: true }, effort),
  ];
};
