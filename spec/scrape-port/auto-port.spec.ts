import { once } from 'node:events';
import { createServer } from 'node:http';
import { initMonitoring } from '../../lib/index.js';
import { captureLog } from '../support/captured-log.js';

/** An address of this spec alone, on which the ports of `auto` are free. */
const HOST = '127.94.64.1';
const QUIET = { traces: { exporter: 'none' } } as const;

async function startedUrl(): Promise<string | undefined> {
  const monitoring = await initMonitoring({ ...QUIET, metrics: { host: HOST, port: 'auto' } });
  await monitoring.shutdown();
  return monitoring.metricsUrl;
}

describe('the port `auto`', () => {
  it('is 9464 where it is free, and the next free one where it is not', async () => {
    const log = captureLog();
    const urls = [await startedUrl()];
    const blocker = createServer().listen(9464, HOST);
    await once(blocker, 'listening');
    urls.push(await startedUrl());
    const second = createServer().listen(9465, HOST);
    await once(second, 'listening');
    urls.push(await startedUrl());
    for (const server of [blocker, second]) server.close();
    log.release();
    expect(urls).toEqual([9464, 9465, 9466].map((port) => `http://${HOST}:${port}/metrics`));
    expect(log.lines.filter((line) => line.includes('metrics are served at'))).toHaveLength(3);
  });

  it('is any free one where the whole range is in use', async () => {
    const blockers = Array.from({ length: 16 }, (_, index) => createServer().listen(9464 + index, HOST));
    await Promise.all(blockers.map((server) => once(server, 'listening')));
    const url = new URL((await startedUrl()) ?? '');
    for (const server of blockers) server.close();
    expect(Number(url.port)).toBeGreaterThan(9479);
  });
});
