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
