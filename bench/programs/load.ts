import { createRequire } from 'node:module';

/** Order to the process: send that many requests to that gateway. */
export interface LoadOrder {
  readonly url: string;
  readonly body: string;
  readonly connections: number;
  readonly amount: number;
}

/** How the gateway did. */
export interface Load {
  readonly requestsPerSecond: number;
  readonly p99Ms: number;
  /** Requests that were not answered, or not with 200. */
  readonly failed: number;
}

interface Result {
  readonly latency: { readonly p99: number };
  readonly '2xx': number;
}

interface Run extends PromiseLike<Result> {
  on(event: 'response', listener: () => void): void;
}

const autocannon = createRequire(import.meta.url)('autocannon') as (options: object) => Run;

/** How often it looks whether it is done. */
const SAMPLE_MS = 20;

// One process for all rounds: its own compiler would have to warm up in each round otherwise.
process.on('message', async ({ url, body, connections, amount }: LoadOrder) => {
  const headers = { 'content-type': 'application/json' };
  const startedAt = performance.now();
  let lastAnswerAt = startedAt;
  const run = autocannon({ url, method: 'POST', headers, body, connections, amount, sampleInt: SAMPLE_MS });
  // Its own clock runs on until it looks.
  run.on('response', () => {
    lastAnswerAt = performance.now();
  });
  const result = await run;
  const load: Load = {
    requestsPerSecond: (result['2xx'] * 1000) / (lastAnswerAt - startedAt),
    p99Ms: result.latency.p99,
    failed: amount - result['2xx'],
  };
  process.send?.(load);
});
