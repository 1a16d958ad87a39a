import { instrumentFetch } from '../../lib/fetch.js';
import { recordRateLimit } from '../../lib/index.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';

const REMAINING = 'llm_edge_rate_limit_remaining';
const LIMIT = 'llm_edge_rate_limit_limit';

describe('rate limits', () => {
  let test: TestMonitoring;
  let answer: () => Response;
  const fetch = instrumentFetch((async () => answer()) as typeof globalThis.fetch);

  beforeEach(async () => {
    test = await startTestMonitoring();
  });
  afterEach(() => test.shutdown());

  async function ask(
    model: string,
    status: number,
    headers: Readonly<Record<string, string>>,
  ): Promise<void> {
    answer = () => Response.json({}, { status, headers });
    const response = await fetch('https://api.openai.com/v1/chat/completions', {
      method: 'POST',
      body: JSON.stringify({ model }),
    });
    await response.text();
  }

  it('of two models stand beside each other: one with room does not hide one without', async () => {
    await ask('gpt-4o', 200, {
      'x-ratelimit-remaining-requests': '50',
      'x-ratelimit-limit-requests': '5000',
    });
    await ask('gpt-4o-mini', 200, {
      'x-ratelimit-remaining-requests': '9999',
      'x-ratelimit-limit-requests': '10000',
    });
    const labels = { provider: 'openai', limit: 'requests' } as const;
    expect([
      await test.value(REMAINING, { ...labels, model: 'gpt-4o' }),
      await test.value(REMAINING, { ...labels, model: 'gpt-4o-mini' }),
      await test.value(LIMIT, { ...labels, model: 'gpt-4o' }),
      await test.value(LIMIT, { ...labels, model: 'gpt-4o-mini' }),
    ]).toEqual([50, 9999, 5000, 10_000]);
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['no header', {}],
    ['a time to wait', { 'retry-after': '20' }],
    ['a time to wait in milliseconds', { 'retry-after-ms': '20000' }],
  ])('are not made up for a 429 with %s', async (_, headers) => {
    await ask('gpt-4o', 429, headers);
    expect([await test.series(REMAINING), await test.series(LIMIT)]).toEqual([[], []]);
  });

  it('of a 429 are those that it names', async () => {
    await ask('gpt-4o', 429, { 'x-ratelimit-remaining-tokens': '0', 'retry-after': '20' });
    expect(await test.series(REMAINING)).toEqual([
      { labels: { provider: 'openai', model: 'gpt-4o', limit: 'tokens' }, value: 0 },
    ]);
  });

  it('may be told by hand, for one model and for all', async () => {
    recordRateLimit('openai', 'gpt-4o', 'tokens', { remaining: 7 });
    recordRateLimit('openrouter', '*', 'requests', { remaining: 9 });
    expect(await test.series(REMAINING)).toEqual([
      { labels: { provider: 'openai', model: 'gpt-4o', limit: 'tokens' }, value: 7 },
      { labels: { provider: 'openrouter', model: '*', limit: 'requests' }, value: 9 },
    ]);
  });
});
