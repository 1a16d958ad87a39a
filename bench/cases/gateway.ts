import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Effort, RunCase } from '../measurement.js';
import { freePort } from '../ports.js';

const GATEWAY = fileURLToPath(new URL('../../edge-agent/main.js', import.meta.url));
const AUTOCANNON = createRequire(import.meta.url).resolve('autocannon');
const CONNECTIONS = 32;
const BODY = JSON.stringify({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: 'What is a cache?' }],
});

const runProgram = promisify(execFile);

interface Gateway {
  readonly url: string;
  readonly process: ChildProcess;
}

/** Starts the example in a process of its own; its providers answer at once. */
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

interface Load {
  readonly requests: { readonly average: number };
  readonly latency: { readonly p99: number };
  readonly non2xx: number;
  readonly errors: number;
}

/** The same question again and again, so that all answers but the first come from the cache. */
async function load({ url }: Gateway, seconds: number): Promise<Load> {
  const args = ['-j', '-n', '-c', `${CONNECTIONS}`, '-d', `${seconds}`, '-m', 'POST'];
  const { stdout } = await runProgram(process.execPath, [
    AUTOCANNON,
    ...args,
    '-H',
    'content-type=application/json',
    '-b',
    BODY,
    url,
  ]);
  const result = JSON.parse(stdout) as Load;
  if (result.non2xx + result.errors > 0) throw new Error('the gateway did not answer all requests');
  return result;
}

function roundsOf({ quick }: Effort): { readonly rounds: number; readonly seconds: number } {
  return quick ? { rounds: 5, seconds: 2 } : { rounds: 9, seconds: 4 };
}

/** Requests per second and p99 of the example gateway's cache hits, with monitoring and without. */
export const run: RunCase = async (effort) => {
  const { rounds, seconds } = roundsOf(effort);
  const gateways = { ours: await startGateway(), off: await startGateway('--no-monitoring') };
  const throughput: Record<keyof typeof gateways, number[]> = { ours: [], off: [] };
  const p99: Record<keyof typeof gateways, number[]> = { ours: [], off: [] };
  for (let round = -1; round < rounds; round += 1) {
    const order = round % 2 === 0 ? (['ours', 'off'] as const) : (['off', 'ours'] as const);
    for (const name of order) {
      const { requests, latency } = await load(gateways[name], seconds);
      if (round < 0) continue;
      throughput[name].push(requests.average);
      p99[name].push(latency.p99);
    }
  }
  for (const { process: child } of Object.values(gateways)) child.kill('SIGKILL');
  return [
    { name: 'gateway.throughput', unit: 'req/s', samples: throughput },
    { name: 'gateway.p99', unit: 'ms', samples: p99 },
  ];
};
