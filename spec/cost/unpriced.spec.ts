import { instrumentFetch } from '../../lib/fetch.js';
import { calculateCost, observeRequest, pricing } from '../../lib/index.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { recordedSeries } from '../support/recorded-series.js';

const METRIC = 'llm_edge_unpriced_requests_total';
const USAGE = { inputTokens: 10, outputTokens: 5 };

let test: TestMonitoring;
beforeEach(async () => {
  test = await startTestMonitoring({
    pricing: { overrides: { mine: { known: { input: 1, output: 2 } } } },
  });
});
afterEach(() => test.shutdown());

const hosts = { 'mine.example': { provider: 'mine' }, 'nobody.example': { provider: 'nobody' } };

async function chat(url: string, model: string, usage: object = {}): Promise<void> {
  const body = { model, choices: [], usage: { prompt_tokens: 10, completion_tokens: 5, ...usage } };
  const fetch = instrumentFetch(async () => Response.json(body), { hosts });
  await (await fetch(url, { method: 'POST', body: JSON.stringify({ model }) })).json();
}

describe('a request without a price', () => {
  it.each([
    ['unknown_model', 'gpt-99 openai', () => chat('https://api.openai.com/v1/chat/completions', 'gpt-99')],
    ['unknown_model', 'other mine', () => chat('https://mine.example/v1/chat/completions', 'other')],
    ['unknown_provider', 'm nobody', () => chat('https://nobody.example/v1/chat/completions', 'm')],
    [
      'unknown_unit',
      'known mine',
      () => chat('https://mine.example/v1/chat/completions', 'known', { num_search_queries: 3 }),
    ],
    [
      'unknown_unit',
      'gpt-4o openai',
      async () => {
        const fetch = instrumentFetch(async () =>
          Response.json({
            model: 'gpt-4o',
            choices: [],
            service_tier: 'golden',
            usage: { prompt_tokens: 10, completion_tokens: 5 },
          }),
        );
        const init = { method: 'POST', body: '{"model":"gpt-4o"}' };
        await (await fetch('https://api.openai.com/v1/chat/completions', init)).json();
      },
    ],
  ])('has the reason %s: %s', async (reason, name, call) => {
    await call();
    expect(await recordedSeries(test, METRIC)).toEqual({ [`${name} ${reason}`]: 1 });
    const [model, provider] = name.split(' ');
    expect(pricing.check()).toEqual([
      { provider, model, answeredModel: undefined, reason, detail: expect.any(String), count: 1 },
    ]);
  });
});

describe('the model and the reason', () => {
  const counts = { input_tokens: 10, output_tokens: 5 };
  const message = {
    model: 'claude-sonnet-4-6',
    content: [],
    usage: {
      ...counts,
      iterations: [
        { type: 'message', ...counts },
        { type: 'advisor_message', model: 'claude-unknown-9', ...counts },
      ],
    },
  };

  async function ask(
    answer: typeof message | { readonly model: string; readonly usage: object },
  ): Promise<void> {
    const fetch = instrumentFetch(async () => Response.json(answer));
    const init = { method: 'POST', body: JSON.stringify({ model: answer.model }) };
    await (await fetch('https://api.anthropic.com/v1/messages', init)).json();
  }

  it('are those of the adviser that has no price', async () => {
    await ask(message);
    expect(await recordedSeries(test, METRIC)).toEqual({ 'claude-unknown-9 anthropic unknown_model': 1 });
  });

  it('are those of the adviser within a request, whose price is looked up once', async () => {
    await observeRequest({ provider: 'anthropic', model: 'claude-sonnet-4-6' }, () => ask(message));
    expect(await recordedSeries(test, METRIC)).toEqual({ 'claude-unknown-9 anthropic unknown_model': 1 });
    expect(pricing.check()).toEqual([expect.objectContaining({ model: 'claude-unknown-9', count: 1 })]);
  });

  it('are the model of the request, and the reason of the call of another provider', async () => {
    await observeRequest({ provider: 'openai', model: 'gpt-4o' }, () =>
      ask({ ...message, model: 'claude-unknown-9', usage: counts }),
    );
    expect(await recordedSeries(test, METRIC)).toEqual({ 'gpt-4o openai unknown_model': 1 });
  });
});

describe('pricing.check()', () => {
  it('is empty while every model has a price', async () => {
    expect(calculateCost('mine', 'known', USAGE)?.totalUsd).toBeGreaterThan(0);
    expect(pricing.check()).toEqual([]);
  });

  it('lists each model once, most used first, with the latest reason', () => {
    calculateCost('openai', 'gpt-98', USAGE);
    for (let count = 0; count < 3; count += 1)
      calculateCost('openai', 'gpt-99', USAGE, { answeredModel: 'gpt-98b' });
    calculateCost('mine', 'known', { ...USAGE, webSearches: 1 });
    expect(pricing.check()).toEqual([
      {
        provider: 'openai',
        model: 'gpt-99',
        answeredModel: 'gpt-98b',
        reason: 'unknown_model',
        detail: 'it is not in the price list',
        count: 3,
      },
      expect.objectContaining({ model: 'gpt-98', count: 1 }),
      expect.objectContaining({ reason: 'unknown_unit', detail: 'its price has no rate for web searches' }),
    ]);
  });

  it('lists a bounded number of models', () => {
    for (let index = 0; index < 300; index += 1) calculateCost('nobody', `m${index}`, USAGE);
    expect(pricing.check()).toHaveLength(256);
  });

  it('begins anew with each start', async () => {
    calculateCost('nobody', 'm', USAGE);
    await test.shutdown();
    expect(pricing.check()).toEqual([]);
    test = await startTestMonitoring();
    expect(pricing.check()).toEqual([]);
  });
});
