import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { RunCase } from '../measurement.js';
import type { CpuTime } from '../programs/cache-gateway.js';
import type { Load, LoadOrder } from '../programs/load.js';

const GATEWAY = fileURLToPath(new URL('../programs/cache-gateway.js', import.meta.url));
const LOAD = fileURLToPath(new URL('../programs/load.js', import.meta.url));
const CONNECTIONS = 32;
const REQUESTS = 4000;
const ROUNDS = 15;
const WARM_UP_ROUNDS = 4;
const BODY = JSON.stringify({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: 'What is a cache?' }],
});

const KINDS = ['ours', 'promClient', 'otel'] as const;
type Kind = (typeof KINDS)[number];

const UNEQUAL =
  'ours also keeps the lookup as an event with its time, sets two more attributes, keeps exemplars, ends operations that ' +
  'are lost, and counts the spans that are exported and dropped.';

interface Gateway {
  readonly url: string;
  readonly process: ChildProcess;
}

async function startGateway(kind: Kind): Promise<Gateway> {
  const child = fork(GATEWAY, [kind]);
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return { url: `http://127.0.0.1:${port}/v1/chat/completions`, process: child };
}

async function cpuUsOf({ process: child }: Gateway): Promise<number> {
  child.send('cpu');
  const [{ cpuUs }] = (await once(child, 'message')) as [CpuTime];
  return cpuUs;
}

/** The same question again and again, so that all answers but the first come from the cache. */
async function load(caller: ChildProcess, { url }: Gateway): Promise<Load> {
  const order: LoadOrder = { url, body: BODY, connections: CONNECTIONS, amount: REQUESTS };
  caller.send(order);
  const [result] = (await once(caller, 'message')) as [Load];
  if (result.failed > 0) throw new Error('the gateway did not answer all requests');
  return result;
}

/**
 * Cache hits per second, and CPU time of the server for each, through `observeOperation`, beside the same server
 * instrumented by hand and by `instrumentation-http`. A round loads each server once, each round another one first.
 */
export const run: RunCase = async () => {
  const caller = fork(LOAD);
  const gateways: Record<Kind, Gateway> = {
    ours: await startGateway('ours'),
    promClient: await startGateway('promClient'),
    otel: await startGateway('otel'),
  };
  const hits: Record<Kind, number[]> = { ours: [], promClient: [], otel: [] };
  const cpuUs: Record<Kind, number[]> = { ours: [], promClient: [], otel: [] };
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    for (let turn = 0; turn < KINDS.length; turn += 1) {
      const kind = KINDS[(turn + round + WARM_UP_ROUNDS) % KINDS.length] as Kind;
      const before = await cpuUsOf(gateways[kind]);
      const { requestsPerSecond } = await load(caller, gateways[kind]);
      const used = (await cpuUsOf(gateways[kind])) - before;
      if (round < 0) continue;
      hits[kind].push(requestsPerSecond);
      cpuUs[kind].push(used / REQUESTS);
    }
  }
  caller.kill();
  for (const { process: child } of Object.values(gateways)) child.kill('SIGKILL');
  const of = <Peer extends Kind>(samples: Record<Kind, number[]>, peer: Peer) => ({
    ours: samples.ours,
    [peer]: samples[peer],
  });
  return [
    { name: 'gateway.handmade', unit: 'req/s', samples: of(hits, 'promClient'), unequal: UNEQUAL },
    { name: 'gateway.handmade.cpu', unit: 'us', samples: of(cpuUs, 'promClient'), unequal: UNEQUAL },
    { name: 'gateway.auto', unit: 'req/s', samples: of(hits, 'otel') },
    { name: 'gateway.auto.cpu', unit: 'us', samples: of(cpuUs, 'otel') },
  ];
};
