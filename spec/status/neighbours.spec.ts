import {
  initMonitoring,
  type Monitoring,
  recordCost,
  recordProviderHealth,
  recordRateLimit,
  recordRequestSuccess,
  recordTokenUsage,
} from '../../lib/index.js';
import { send } from '../support/http-client.js';
import { startOtlpReceiver } from '../support/otlp-receiver.js';
import { readStatus } from '../support/status.js';

const OWN = /monitoring_|_created|price_list/;

type Look = (monitoring: Monitoring) => Promise<void>;

/** What two pushes and a scrape after each of them find, with a look at the page between all records. */
async function readByAll(temporality: 'cumulative' | 'delta' | 'lowmemory', look: Look) {
  const receiver = await startOtlpReceiver();
  const monitoring = await initMonitoring({
    metrics: {
      exporters: ['prometheus', 'otlp'],
      port: 0,
      exportIntervalMillis: 2 ** 31 - 1,
      temporality,
      endpoint: receiver.endpoint,
    },
    traces: { exporter: 'none' },
  });
  const scrapes: string[][] = [];
  for (let round = 0; round < 2; round += 1) {
    for (let index = 0; index < 3; index += 1) {
      recordProviderHealth('openai', true);
      recordRateLimit('openai', 'gpt-4o', 'requests', { remaining: 80, limit: 100 });
      recordRequestSuccess('openai', 'gpt-4o', 100 + index);
      recordTokenUsage('openai', 'gpt-4o', 10, 3);
      recordCost('openai', 'gpt-4o', 0.25);
      await look(monitoring);
    }
    await monitoring.forceFlush();
    const { body } = await send(monitoring.metricsUrl ?? '', {
      headers: { accept: 'application/openmetrics-text' },
    });
    scrapes.push(
      body
        .toString()
        .split('\n')
        .filter((line) => !OWN.test(line)),
    );
    await look(monitoring);
  }
  await monitoring.shutdown();
  await receiver.close();
  const pushes = receiver.pushes.map((push) =>
    Object.fromEntries(Object.entries(push).filter(([name]) => !OWN.test(name))),
  );
  return { scrapes, pushes };
}

afterEach(() => jest.restoreAllMocks());

describe('a look at the status page', () => {
  it.each(['cumulative', 'delta', 'lowmemory'] as const)(
    'changes neither scrapes nor pushes that are %s',
    async (temporality) => {
      const unseen = await readByAll(temporality, async () => undefined);
      const realNow = performance.now.bind(performance);
      let laterMillis = 0;
      jest.spyOn(performance, 'now').mockImplementation(() => realNow() + laterMillis);
      const samples = new Set<number>();
      const seen = await readByAll(temporality, async ({ metricsUrl }) => {
        // Who looks after a while gets a sample at once.
        laterMillis += 20_000;
        samples.add((await readStatus(metricsUrl)).collectedAt);
      });
      expect(seen).toEqual(unseen);
      expect(unseen.pushes.length).toBeGreaterThanOrEqual(2);
      expect(samples.size).toBeGreaterThan(1);
    },
  );
});
