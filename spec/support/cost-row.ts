import { type CostContext, calculateCost, startRequest, type Usage } from '../../lib/index.js';
import { startTestMonitoring, type TestMonitoring, type TestMonitoringOptions } from '../../lib/testing.js';
import { setWallClock } from './wall-clock.js';

/** Prices change with time; every row without a date of its own is of this moment, off-peak for DeepSeek. */
const AT = new Date('2026-11-16T12:00:00Z');

/** One hand-computed cost. In `usd`, `2000 * 2.5e-6` is 2,000 tokens at $2.50 for a million. */
export interface CostRow {
  readonly row: string;
  readonly provider: string;
  readonly model: string;
  readonly usage: Usage;
  readonly context?: CostContext;
  readonly usd: number;
}

/** Checks each row to 1e-12 US dollars: what `calculateCost` returns, and what a request records. */
export function itCosts(rows: readonly CostRow[], pricing?: TestMonitoringOptions['pricing']): void {
  let test: TestMonitoring;
  beforeAll(async () => {
    test = await startTestMonitoring({ pricing });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(() => test.shutdown());

  it.each(rows)('costs to 1e-12 USD: $row', ({ provider, model, usage, context, usd }) => {
    const cost = calculateCost(provider, model, usage, { at: AT, ...context });

    expect(Math.abs((cost?.totalUsd ?? Number.NaN) - usd)).toBeLessThanOrEqual(1e-12);
  });

  it.each(rows)('is recorded to 1e-12 USD: $row', async ({ provider, model, usage, context = {}, usd }) => {
    setWallClock((context.at ?? AT).getTime());
    const beforeUsd = await totalUsd(test);
    const request = startRequest({ provider, model });
    request.setUsage(usage);
    request.setResponse({
      serviceTier: context.serviceTier,
      costUsd: context.reportedCostUsd,
      model: context.answeredModel,
    });
    request.end();

    expect(Math.abs((await totalUsd(test)) - beforeUsd - usd)).toBeLessThanOrEqual(1e-12);
  });
}

/** All costs so far: series of many models are one. */
async function totalUsd(test: TestMonitoring): Promise<number> {
  const series = await test.series('llm_edge_cost_usd_total');
  return series.reduce((sum, { value }) => sum + (value as number), 0);
}
