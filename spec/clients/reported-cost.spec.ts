import { instrumentFetch } from '../../lib/fetch.js';
import { calculateCost, observeRequest, startRequest } from '../../lib/index.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { events, json, type Loopback, type Reply, startLoopback } from '../support/providers/loopback.js';
import { recordedSeries } from '../support/recorded-series.js';

let loopback: Loopback;
let test: TestMonitoring;

beforeAll(async () => {
  loopback = await startLoopback();
});
afterAll(() => loopback.close());
beforeEach(async () => {
  test = await startTestMonitoring();
});
afterEach(() => test.shutdown());

const COUNTS = { prompt_tokens: 1_000, completion_tokens: 100 };
const GPT = 'https://openrouter.ai/api/v1/chat/completions';
const LITELLM = 'http://localhost:4000/v1/chat/completions';

const answer = (model: string, usage: object, headers: Readonly<Record<string, string>> = {}): Reply =>
  json({ model, choices: [{ finish_reason: 'stop' }], usage: { ...COUNTS, ...usage } }, 200, headers);

async function ask(url: string, model: string, stream = false): Promise<void> {
  const hosts = { 'localhost:4000': { provider: 'litellm' } };
  const response = await instrumentFetch(loopback.fetch, { hosts })(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream }),
  });
  await response.text();
}

/** The cost, and the two that show whether a price is stale. */
async function costs(): Promise<readonly unknown[]> {
  const names = [
    'llm_edge_cost_usd_total',
    'llm_edge_cost_reported_usd_total',
    'llm_edge_cost_recomputed_usd_total',
  ] as const;
  return Promise.all(names.map((name) => recordedSeries(test, name)));
}

const LISTED_USD = calculateCost('openai', 'gpt-4o', { inputTokens: 1_000, outputTokens: 100 })?.totalUsd;

describe('a cost that the provider reports', () => {
  it.each<[string, string, string, Reply, string, number]>([
    [
      'OpenRouter',
      GPT,
      'openai/gpt-4o',
      answer('openai/gpt-4o', { cost: 0.01, is_byok: false }),
      'openrouter/openai',
      0.01,
    ],
    [
      'OpenRouter, with a key of the user',
      GPT,
      'openai/gpt-4o',
      answer('openai/gpt-4o', {
        cost: 0.001,
        is_byok: true,
        cost_details: { upstream_inference_cost: 0.02 },
      }),
      'openrouter/openai',
      0.021,
    ],
    [
      'xAI',
      'https://api.x.ai/v1/chat/completions',
      'grok-3',
      answer('grok-3', { cost_in_usd_ticks: 100_000_000 }),
      'xai',
      0.01,
    ],
    [
      'Perplexity',
      'https://api.perplexity.ai/chat/completions',
      'sonar',
      answer('sonar', { cost: { input_tokens_cost: 0.001, request_cost: 0.005, total_cost: 0.006 } }),
      'perplexity',
      0.006,
    ],
    [
      'LiteLLM',
      LITELLM,
      'openai/gpt-4o',
      answer('gpt-4o', {}, { 'x-litellm-response-cost': '0.01' }),
      'litellm/openai',
      0.01,
    ],
  ])(
    'is the cost, and is compared with the price in force: %s',
    async (_name, url, model, reply, provider, reportedUsd) => {
      loopback.reply(reply);
      await ask(url, model);
      const key = `${model} ${provider}`;
      expect(await costs()).toEqual([
        { [key]: expect.closeTo(reportedUsd, 12) },
        { [key]: expect.closeTo(reportedUsd, 12) },
        { [key]: expect.any(Number) },
      ]);
    },
  );

  it.each<[string, Reply, boolean]>([
    ['only a fee is reported', answer('openai/gpt-4o', { cost: 0.001, is_byok: true }), false],
    ['LiteLLM has no price', answer('openai/gpt-4o', {}, { 'x-litellm-response-cost': '0.0' }), false],
    [
      'LiteLLM sends the headers before the stream',
      {
        headers: { 'content-type': 'text/event-stream', 'x-litellm-response-cost': '0.00001' },
        body: `data: ${JSON.stringify({ model: 'openai/gpt-4o', choices: [{ finish_reason: 'stop' }], usage: COUNTS })}\n\ndata: [DONE]\n\n`,
      },
      true,
    ],
  ])('is none, so that the price in force holds, where %s', async (_title, reply, stream) => {
    loopback.reply(reply);
    await ask(LITELLM, 'openai/gpt-4o', stream);
    expect(await costs()).toEqual([
      { 'openai/gpt-4o litellm/openai': expect.closeTo(LISTED_USD ?? Number.NaN, 12) },
      {},
      {},
    ]);
  });

  it('is compared over the same requests: not where nothing has a price, or nothing was counted', async () => {
    loopback.reply(
      answer('openai/gpt-4o', { cost: 0.01 }),
      answer('nobody/knows', { cost: 1 }),
      json({ model: 'openai/gpt-4o', choices: [] }, 200, { 'x-litellm-response-cost': '2' }),
      answer('openai/gpt-4o', { cost: 1e308 }),
    );
    await ask(GPT, 'openai/gpt-4o');
    await ask(GPT, 'nobody/knows');
    await ask(GPT, 'openai/gpt-4o');
    await ask(GPT, 'openai/gpt-4o');
    const key = 'openai/gpt-4o openrouter/openai';
    const [spent, ...compared] = await costs();
    expect(compared).toEqual([{ [key]: 0.01 }, { [key]: expect.closeTo(LISTED_USD ?? Number.NaN, 12) }]);
    expect(spent).toMatchObject({
      'nobody/knows openrouter': 1,
      [key]: expect.closeTo(2.01 + (LISTED_USD ?? 0), 9),
    });
  });

  it('is compared with the price of the user, which wins over it', async () => {
    await test.shutdown();
    const overrides = { 'openrouter/openai': { 'openai/gpt-4o': { input: 1_000, output: 0 } } };
    test = await startTestMonitoring({ pricing: { overrides } });
    loopback.reply(answer('openai/gpt-4o', { cost: 0.5 }));
    await ask(GPT, 'openai/gpt-4o');
    const key = 'openai/gpt-4o openrouter/openai';
    expect(await costs()).toEqual([{ [key]: 1 }, { [key]: 0.5 }, { [key]: 1 }]);
  });

  it('is compared for each of several calls, and for what a caller sets', async () => {
    loopback.reply(answer('openai/gpt-4o', { cost: 0.25 }));
    await observeRequest({ provider: 'openrouter', model: 'openai/gpt-4o' }, async () => {
      await ask(GPT, 'openai/gpt-4o');
      await ask(GPT, 'openai/gpt-4o');
    });
    const request = startRequest({ provider: 'openai', model: 'gpt-4o' });
    request.setUsage({ inputTokens: 1_000, outputTokens: 100 });
    request.setResponse({ costUsd: 0.125 });
    request.end();
    const [, reported, recomputed] = await costs();
    expect(reported).toEqual({ 'gpt-4o openai': 0.125, 'openai/gpt-4o openrouter': 0.5 });
    expect(recomputed).toEqual({
      'gpt-4o openai': expect.closeTo(LISTED_USD ?? Number.NaN, 12),
      'openai/gpt-4o openrouter': expect.closeTo(2 * (LISTED_USD ?? Number.NaN), 12),
    });
  });

  it('is taken from a stream of events', async () => {
    const frame = (rest: object): string => `data: ${JSON.stringify({ model: 'openai/gpt-4o', ...rest })}`;
    loopback.reply(
      events([
        frame({ choices: [{ delta: { content: 'a' } }] }),
        frame({ choices: [{ delta: {}, finish_reason: 'stop' }] }),
        frame({ choices: [], usage: { ...COUNTS, cost: 0.01, is_byok: false } }),
        'data: [DONE]',
      ]),
    );
    await ask(GPT, 'openai/gpt-4o', true);
    const key = 'openai/gpt-4o openrouter/openai';
    expect(await costs()).toEqual([{ [key]: 0.01 }, { [key]: 0.01 }, { [key]: expect.any(Number) }]);
  });
});
