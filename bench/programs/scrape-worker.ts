import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { parentPort } from 'node:worker_threads';

/** Order to the thread: scrape that URL so many times at once. */
export interface ScrapeOrder {
  readonly url: string;
  readonly count: number;
  readonly gzip: boolean;
}

async function scrape(url: string, gzip: boolean): Promise<void> {
  const request = get(url, { agent: false, headers: gzip ? { 'accept-encoding': 'gzip' } : {} });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
}

// A separate thread: the client's work must not count as a stall of the server.
parentPort?.on('message', async ({ url, count, gzip }: ScrapeOrder) => {
  await Promise.all(Array.from({ length: count }, () => scrape(url, gzip)));
  parentPort?.postMessage('done');
});
