import { createServiceTiers, SERVICE_TIERS, serviceTierName } from '../../lib/cost/service-tiers.js';

describe('serviceTierName()', () => {
  it.each(['', 'default', 'standard', 'auto', 'STANDARD', 'standard_only', 'ON_DEMAND', undefined, null, 7])(
    'takes %j for the standard tier',
    (tier) => {
      expect(serviceTierName(tier)).toBeUndefined();
    },
  );

  it.each([
    ['Flex', 'flex'],
    [' priority ', 'priority'],
    ['fast', 'priority'],
    ['batches', 'batch'],
    ['ON_DEMAND_FLEX', 'flex'],
    ['ON_DEMAND_PRIORITY', 'priority'],
    ['PROVISIONED_THROUGHPUT', 'provisioned_throughput'],
  ])('of %j is %j', (tier, name) => {
    expect(serviceTierName(tier)).toBe(name);
  });
});

describe('SERVICE_TIERS', () => {
  it.each(SERVICE_TIERS)('says where $provider $model $tier comes from', (row) => {
    expect(row.source).toMatch(/^https:\/\//);
    expect(row.multiplier).toBeGreaterThan(0);
    expect(serviceTierName(row.tier)).toBe(row.tier);
  });
});

describe('createServiceTiers()', () => {
  const published = createServiceTiers();

  it.each([
    ['batch', 'openai', 'gpt-4o', { tokens: 0.5, cacheRead: 0.5 }],
    ['batch', 'google', 'gemini-2.5-pro', { tokens: 0.5, cacheRead: 1 }],
    ['batch', 'google', 'claude-sonnet-4-5', undefined],
    ['flex', 'groq', 'llama-3', { tokens: 1, cacheRead: 1 }],
    ['priority', 'openai', 'gpt-4.1', { tokens: 1.75, cacheRead: 1.75 }],
    ['priority', 'openai', 'gpt-5-nano', undefined],
    ['priority', 'anthropic', 'claude-sonnet-4-5', undefined],
    ['priority', 'aws', 'amazon.nova-pro-v1:0', undefined],
    ['scale', 'openai', 'gpt-4o', undefined],
  ])('finds %s of %s %s', (tier, provider, model, multiplier) => {
    expect(published(tier, [provider], [model])).toEqual(multiplier);
  });

  // USD for a million tokens of input, cached input and output: https://developers.openai.com/api/docs/pricing, and
  // https://openai.com/api-priority-processing/ for the second three.
  it.each([
    ['gpt-4.1', [2, 0.5, 8], [3.5, 0.875, 14]],
    ['gpt-4.1-mini', [0.4, 0.1, 1.6], [0.7, 0.175, 2.8]],
    ['gpt-4.1-nano', [0.1, 0.025, 0.4], [0.2, 0.05, 0.8]],
    ['gpt-4o', [2.5, 1.25, 10], [4.25, 2.125, 17]],
    ['gpt-4o-mini', [0.15, 0.075, 0.6], [0.25, 0.125, 1]],
    ['o3', [2, 0.5, 8], [3.5, 0.875, 14]],
    ['o4-mini', [1.1, 0.275, 4.4], [2, 0.5, 8]],
  ])('makes the published priority rates of %s out of its standard ones', (model, standard, priority) => {
    const multiplier = published('priority', ['openai'], [model]);
    const { tokens = 0, cacheRead = 0 } = multiplier ?? {};
    const [input = 0, cached = 0, output = 0] = standard;

    expect([input * tokens, cached * cacheRead, output * tokens]).toEqual(
      priority.map((rate) => expect.closeTo(rate, 9)),
    );
  });

  it('takes the rows of the user first', () => {
    const own = createServiceTiers([
      { provider: 'anthropic', tier: 'priority', multiplier: 0.9 },
      { provider: '*', model: 'gpt-4o*', tier: 'Batches', multiplier: 0.4, cacheReadMultiplier: 0.3 },
    ]);

    expect(own('priority', ['anthropic'], ['claude-sonnet-4-5'])).toEqual({ tokens: 0.9, cacheRead: 0.9 });
    expect(own('batch', ['azure.ai.openai', 'azure'], ['prod', 'gpt-4o-mini'])).toEqual({
      tokens: 0.4,
      cacheRead: 0.3,
    });
    expect(own('batch', ['openai'], ['gpt-5'])).toEqual({ tokens: 0.5, cacheRead: 0.5 });
  });
});
