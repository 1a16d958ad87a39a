import { DiagLogLevel, diag } from '@opentelemetry/api';
import fc from 'fast-check';
import { instrumentFetch } from '../../lib/fetch.js';
import {
  calculateCost,
  METRICS,
  type MetricName,
  type Recorder,
  resolveConfig,
  startRequest,
} from '../../lib/index.js';
import { type SeriesValue, startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { RECORD_HELPERS } from '../support/recorder-harness.js';

const GPT = { provider: 'openai', model: 'gpt-4o' } as const;
const DAY_MS = 86_400_000;

/** Every number of every series: a sum that is not finite says nothing until the process restarts. */
async function numbers(test: TestMonitoring): Promise<readonly number[]> {
  const all: number[] = [];
  for (const metric of Object.keys(METRICS) as MetricName[]) {
    for (const { value } of await test.series(metric)) all.push(...numbersOf(value));
  }
  return all;
}

function numbersOf(value: SeriesValue): readonly number[] {
  return typeof value === 'number' ? [value] : [value.count, value.sum];
}

describe('one record', () => {
  let test: TestMonitoring;
  let recorder: Recorder;
  const told: string[] = [];

  beforeEach(async () => {
    told.length = 0;
    const tell = (...args: unknown[]): void => void told.push(args.join(' '));
    const silent = (): void => undefined;
    diag.setLogger(
      { warn: tell, error: tell, info: silent, debug: silent, verbose: silent },
      DiagLogLevel.WARN,
    );
    test = await startTestMonitoring({
      budgets: [{ name: 'all', limitUsd: 1e6, window: 'day' }],
    });
    recorder = test.monitoring;
  });
  afterEach(async () => {
    diag.disable();
    await test.shutdown();
  });

  const overLimit = () => test.value('llm_edge_monitoring_dropped_total', { reason: 'over_limit' });

  it('costs nothing for a part that is too large to be counted', () => {
    const usage = { inputTokens: 10, outputTokens: 5 };
    const costUsd = calculateCost('openai', 'gpt-4o', usage)?.totalUsd;
    expect(calculateCost('openai', 'gpt-4o', { ...usage, cacheReadTokens: 1e11 })?.totalUsd).toBe(costUsd);
  });

  it('may be as large as its limit, and anything larger is dropped, counted and logged once', async () => {
    recorder.recordTokenUsage('openai', 'gpt-4o', 1e10, 1e10, { cacheReadTokens: 1e10 });
    recorder.recordCost('openai', 'gpt-4o', 1e6);
    recorder.recordRequestSuccess('openai', 'gpt-4o', 7 * DAY_MS);
    recorder.recordCacheSavings('L1', 1e6);
    expect(await overLimit()).toBe(0);

    recorder.recordTokenUsage('openai', 'gpt-4o', 1e10 + 2, 1e308, { cacheReadTokens: 1e11 });
    recorder.recordCost('openai', 'gpt-4o', 1e6 + 1);
    recorder.recordRequestSuccess('openai', 'gpt-4o', 7 * DAY_MS + 1);
    recorder.recordCacheSavings('L1', 1e308);
    expect(await overLimit()).toBe(6);
    expect(told.filter((line) => line.includes('over_limit'))).toHaveLength(1);
    expect([
      await test.value('llm_edge_tokens_total', { ...GPT, type: 'input' }),
      await test.value('llm_edge_cost_usd_total', GPT),
      await test.value('llm_edge_request_duration_ms', GPT),
      await test.value('llm_edge_requests_total', { ...GPT, status: 'success' }),
      await test.value('llm_edge_cache_savings_usd_total', { tier: 'L1' }),
      await test.value('llm_edge_budget_spent_usd', { budget: 'all' }),
    ]).toEqual([1e10, 1e6, { count: 1, sum: 7 * DAY_MS }, 2, 1e6, 1e6]);
  });

  it('of any helper, with whatever numbers, makes no sum infinite or none', async () => {
    const number = fc.oneof(
      fc.double(),
      fc.constantFrom(1e308, Number.MAX_VALUE, Number.POSITIVE_INFINITY, Number.NaN, -1e308, 1e10, 1e6, -0),
    );
    const word = fc.constantFrom('openai', 'gpt-4o', 'L1', 'timeout', 'open', 'requests', 'tokens');
    const values = fc.record({ remaining: number, limit: number, resetMs: number, cacheReadTokens: number });
    const argument = fc.oneof(number, word, values);
    fc.assert(
      fc.property(
        fc.constantFrom(...RECORD_HELPERS),
        fc.array(argument, { maxLength: 5 }),
        (helper, args) => {
          // Names first, as they must be for the numbers behind them to be looked at.
          const named = ['openai', 'gpt-4o', ...args];
          for (const given of [args, named, ['L1', ...args]]) {
            (recorder[helper] as (...given: unknown[]) => void)(...given);
          }
        },
      ),
      { numRuns: 2_000 },
    );
    for (let count = 0; count < 2; count += 1) {
      recorder.recordTokenUsage('openai', 'gpt-4o', 1e308, 1e308);
      recorder.recordCost('openai', 'gpt-4o', 1e308);
      recorder.recordBudget('team', 1e308, 1e308);
    }
    const all = await numbers(test);
    expect(all.length).toBeGreaterThan(20);
    expect(all.filter((value) => !(value >= 0 && value <= 1e18))).toEqual([]);
  });

  it('that an upstream makes up is dropped, in usage and in the header of a cost', async () => {
    const body = {
      id: 'x',
      model: 'gpt-4o',
      choices: [{ finish_reason: 'stop', message: { content: 'hi' } }],
      usage: {
        prompt_tokens: 1e308,
        completion_tokens: 1e308,
        prompt_tokens_details: { cached_tokens: 1e308 },
      },
    };
    const upstream = async (): Promise<Response> =>
      Response.json(body, { headers: { 'x-litellm-response-cost': '1e308' } });
    const fetch = instrumentFetch(upstream as typeof globalThis.fetch);
    for (let count = 0; count < 2; count += 1) {
      const response = await fetch('https://api.openai.com/v1/chat/completions', {
        method: 'POST',
        body: '{"model":"gpt-4o"}',
      });
      await response.json();
    }
    expect(await test.value('llm_edge_requests_total', { ...GPT, status: 'success' })).toBe(2);
    expect(await test.series('llm_edge_tokens_total')).toEqual([]);
    expect(await test.series('llm_edge_cost_usd_total')).toEqual([]);
    expect(await test.value('llm_edge_unpriced_requests_total', { ...GPT, reason: 'unknown_unit' })).toBe(2);
    expect(await overLimit()).toBeGreaterThan(0);
    const usage = (await test.spans()).map(({ attributes }) => [
      attributes['gen_ai.usage.input_tokens'],
      attributes['gen_ai.usage.cost'],
    ]);
    expect(usage).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
    expect((await numbers(test)).every(Number.isFinite)).toBe(true);
  });

  it('of a request costs what the price list says where the reported cost cannot be', () => {
    const usage = { inputTokens: 1e6, outputTokens: 0 };
    const listed = calculateCost('openai', 'gpt-4o', usage);
    expect(listed).toMatchObject({ source: 'list' });
    expect(calculateCost('openai', 'gpt-4o', usage, { reportedCostUsd: 1e308 })).toEqual(listed);
    expect(calculateCost('openai', 'gpt-4o', { inputTokens: 1e11, outputTokens: 0 })).toBeUndefined();
  });

  it('of a request that is not possible leaves no trace in the pace of its stream', async () => {
    const request = startRequest(GPT);
    request.firstToken();
    request.setUsage({ inputTokens: 1, outputTokens: 1e308 });
    request.end();
    expect(await test.series('llm_edge_time_per_output_token_ms')).toEqual([]);
    expect(await test.value('llm_edge_tokens_total', { ...GPT, type: 'input' })).toBe(1);
  });
});

describe('the limit of a budget', () => {
  it('is refused where no sum of it is safe', () => {
    const result = resolveConfig({ budgets: [{ name: 'b', limitUsd: 1e308, window: 'day' }] }, {});
    expect(result.ok ? [] : result.error.problems.map(({ option }) => option)).toEqual([
      'budgets[0].limitUsd',
    ]);
  });
});
