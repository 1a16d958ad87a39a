import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { RunCase } from '../measurement.js';
import { freePort } from '../ports.js';
import type { Load, LoadOrder } from '../programs/load.js';

const GATEWAY = fileURLToPath(new URL('../../edge-agent/main.js', import.meta.url));
const LOAD = fileURLToPath(new URL('../programs/load.js', import.meta.url));
const CONNECTIONS = 32;
const BODY = JSON.stringify({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: 'What is a cache?' }],
});

interface Gateway {
  readonly url: string;
  readonly process: ChildProcess;
}

/** Starts the example in a separate process; its providers answer at once. */
async function startGateway(...flags: string[]): Promise<Gateway> {
  const port = await freePort();
  const args = [
    '--port',
    `${port}`,
    '--metrics-port',
    '0',
    '--requests',
    '1',
    '--hold',
    '--instant',
    '--json',
  ];
  const child = spawn(process.execPath, [GATEWAY, ...args, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return { url: `http://127.0.0.1:${port}/v1/chat/completions`, process: child };
}

/** The same question again and again, so that all answers but the first come from the cache. */
async function load(caller: ChildProcess, { url }: Gateway, amount: number): Promise<Load> {
  const order: LoadOrder = { url, body: BODY, connections: CONNECTIONS, amount };
  caller.send(order);
  const [result] = (await once(caller, 'message')) as [Load];
  if (result.failed > 0) throw new Error('the gateway did not answer all requests');
  return result;
}

/** Many short rounds: a disturbance by the machine lasts longer than one, and then slows both gateways alike. */
const ROUNDS = 15;

/** A gateway takes some ten thousand requests until all of its code is compiled. */
const WARM_UP_ROUNDS = 4;

const REQUESTS = 5000;

const UNEQUAL = 'the gateway without monitoring measures nothing at all.';

/** Requests per second and p99 of the example gateway's cache hits, with monitoring and without. */
export const run: RunCase = async () => {
  const caller = fork(LOAD);
  const gateways = { ours: await startGateway(), off: await startGateway('--no-monitoring') };
  const throughput: Record<keyof typeof gateways, number[]> = { ours: [], off: [] };
  const p99: Record<keyof typeof gateways, number[]> = { ours: [], off: [] };
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    const order = round % 2 === 0 ? (['ours', 'off'] as const) : (['off', 'ours'] as const);
    for (const name of order) {
      const { requestsPerSecond, p99Ms } = await load(caller, gateways[name], REQUESTS);
      if (round < 0) continue;
      throughput[name].push(requestsPerSecond);
      p99[name].push(p99Ms);
    }
  }
  caller.kill();
  for (const { process: child } of Object.values(gateways)) child.kill('SIGKILL');
  return [
    { name: 'gateway.throughput', unit: 'req/s', samples: throughput, unequal: UNEQUAL },
    { name: 'gateway.p99', unit: 'ms', samples: p99, unequal: UNEQUAL },
  ];
};
