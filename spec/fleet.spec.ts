import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  initMonitoring,
  observeOperation,
  recordCircuitState,
  recordRateLimit,
  startRequest,
} from '../lib/index.js';
import { scrape } from './support/scrape.js';

const DOCUMENT = readFileSync(join(__dirname, '../docs/fleet.md'), 'utf8');
const ROWS = [...DOCUMENT.matchAll(/^\| (\d+) \| (\d+) \| (\d+) \| \d+ KB \| [\d.]+ KB \|$/gm)].map(
  ([, providers, models, samples]) => [Number(providers), Number(models), Number(samples)] as const,
);

/** Uses every metric that a request, a provider or a budget brings along. */
function useEverything(provider: string, models: readonly string[]): void {
  recordCircuitState(provider, 'closed');
  for (const model of models) {
    for (const limit of ['requests', 'tokens'] as const) {
      recordRateLimit(provider, model, limit, { remaining: 1, limit: 2 });
    }
    observeOperation({}, () => {
      const request = startRequest({ provider, model });
      request.firstToken();
      request.setUsage({
        inputTokens: 10,
        outputTokens: 10,
        cacheReadTokens: 1,
        cacheWriteTokens: 1,
        reasoningTokens: 1,
      });
      request.end();
    });
  }
}

describe('docs/fleet.md', () => {
  it('has a row for one model and for the default limits', () => {
    expect(ROWS.map(([providers, models]) => `${providers} ${models}`)).toEqual([
      '1 1',
      '2 4',
      '5 20',
      '20 80',
    ]);
  });

  it.each(ROWS)(
    'says how many samples a scrape has: %d providers, %d models',
    async (count, models, samples) => {
      const providers = Object.fromEntries(
        Array.from({ length: count }, (_, index) => [
          `provider-${index}`,
          Array.from({ length: models / count }, (__, model) => `model-${model}`),
        ]),
      );
      const monitoring = await initMonitoring({
        providers,
        metrics: { port: 0 },
        traces: { exporter: 'none' },
        budgets: [{ name: 'example', limitUsd: 1, window: 'day' }],
      });
      for (const [provider, names] of Object.entries(providers)) useEverything(provider, names);
      // The second scrape shows how long the first one took.
      await scrape(monitoring.metricsUrl);
      const found = Object.keys(await scrape(monitoring.metricsUrl)).length;
      await monitoring.shutdown();
      // A metric that comes or goes moves the numbers by less than this.
      expect(Math.abs(found - samples) / samples).toBeLessThan(0.05);
    },
  );
});
