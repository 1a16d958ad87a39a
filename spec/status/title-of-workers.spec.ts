import { closeScrapeServers } from '../support/scrape-server.js';
import { type SiblingWorkers, startSiblings } from '../support/sibling-workers.js';
import { createStatusServer, readStatus, serveViewers } from '../support/status.js';

const TIMEOUT = { timeoutMillis: 10_000 };

describe('the status page of workers that share a page', () => {
  let workers: SiblingWorkers;

  beforeEach(async () => {
    workers = await startSiblings(3);
    // Each publishes what it has.
    for (const group of workers.groups) await group.collect(TIMEOUT);
  });

  afterEach(closeScrapeServers);
  afterEach(() => workers.remove());

  it('says how many they are', async () => {
    const [holder] = workers.groups;
    if (holder === undefined) throw new Error('nobody has joined');
    const { routes } = createStatusServer({
      scraper: { collect: () => holder.collect(TIMEOUT) },
      resource: () => ({ 'service.name': 'spec' }),
      metricsUrl: () => '',
      failures: { add: () => undefined, list: () => [] },
      settings: () => [],
      authorization: undefined,
      ...TIMEOUT,
    });
    const { url } = await serveViewers(routes);
    const { title, process: identity } = await readStatus(url);
    expect(title).toMatch(/ · 3 of 3$/);
    expect(identity).toMatchObject({ pid: process.pid, shown: 3, members: 3 });
  });
});
