import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { AggregatorRegistry } from 'prom-client';
import { createDuties, type Order } from '../cluster-orders.js';

/** What the case asks of a cluster: an order for some of its processes, or the death of a worker. */
export type ClusterRequest =
  | { readonly order: Order; readonly to: 'all' | 'answerer' | 'victim' }
  | { readonly kill: true };

const [subject, workerCount, targetCount, port] = process.argv.slice(2);
const duties = createDuties({});

function startWorker(): Promise<Worker> {
  const worker = cluster.fork();
  return answerOf(worker).then(() => worker);
}

/** The next number that a worker sends. */
function answerOf(worker: Worker): Promise<number> {
  return new Promise((resolve, reject) => {
    const onMessage = ({ answer }: { readonly answer?: number }): void => {
      if (answer === undefined) return;
      worker.off('message', onMessage);
      worker.off('exit', onExit);
      resolve(answer);
    };
    const onExit = (): void => reject(new Error('a worker has ended'));
    worker.on('message', onMessage);
    worker.on('exit', onExit);
  });
}

function ask(worker: Worker, order: Order): Promise<number> {
  const answer = answerOf(worker);
  worker.send({ order });
  return answer;
}

async function servePromClient(): Promise<void> {
  const registry = new AggregatorRegistry();
  const server = createServer(async (_request, response) => {
    response.setHeader('content-type', registry.contentType);
    response.end(await registry.clusterMetrics());
  });
  await once(server.listen(Number(port), '127.0.0.1'), 'listening');
}

cluster.setupPrimary({
  exec: fileURLToPath(new URL('./cluster-worker.js', import.meta.url)),
  args: [subject, targetCount, port].map(String),
});
if (subject === 'promClient') await servePromClient();
// One after the other: the first one holds the port and answers.
const workers: Worker[] = [await startWorker()];
workers.push(...(await Promise.all(Array.from({ length: Number(workerCount) - 1 }, startWorker))));
const [first] = workers as [Worker];
const victim = workers.at(-1) as Worker;

async function obey(request: ClusterRequest): Promise<readonly number[]> {
  if ('kill' in request) {
    const exit = once(victim, 'exit');
    victim.process.kill('SIGKILL');
    await exit;
    return [];
  }
  const { order, to } = request;
  if (to === 'all') return Promise.all(workers.map((worker) => ask(worker, order)));
  if (to === 'victim') return [await ask(victim, order)];
  return [subject === 'promClient' ? (duties[order]?.() ?? Number.NaN) : await ask(first, order)];
}

process.on('message', async (request: ClusterRequest) => process.send?.(await obey(request)));
// The case has ended: nobody is left to stop the workers.
process.on('disconnect', () => {
  for (const worker of workers) worker.process.kill('SIGKILL');
  process.exit();
});
process.send?.([]);
