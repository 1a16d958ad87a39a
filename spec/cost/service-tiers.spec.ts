import { calculateCost } from '../../lib/index.js';
import { createTestPricing, SERVICE_TIERS } from '../support/prices.js';

const USAGE = { inputTokens: 1_000_000, outputTokens: 0 };

/** By how much a tier multiplies what fresh input, and input from the cache, cost at the standard tier. */
function multiples(
  calculate: typeof calculateCost,
  tier: string | undefined,
  provider: string,
  model: string,
) {
  const ratio = (cacheReadTokens: number) => {
    const usage = { ...USAGE, cacheReadTokens };
    const atTier = calculate(provider, model, usage, { serviceTier: tier })?.totalUsd;
    const standard = calculate(provider, model, usage)?.totalUsd;
    return atTier === undefined || standard === undefined ? undefined : atTier / standard;
  };
  const tokens = ratio(0);
  return tokens === undefined ? undefined : { tokens, cacheRead: ratio(USAGE.inputTokens) };
}

const close = (value: number) => expect.closeTo(value, 12);

describe('the name of a service tier', () => {
  it.each(['', 'default', 'standard', 'auto', 'STANDARD', 'standard_only', 'ON_DEMAND', undefined, null, 7])(
    'is that of the standard one: %j',
    (tier) => {
      expect(multiples(calculateCost, tier as string, 'openai', 'gpt-4o')?.tokens).toBe(1);
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
  ])('%j is that of %j', (tier, name) => {
    const rates = { flex: 0.25, priority: 3, batch: 0.5, provisioned_throughput: 7 };
    const { calculateCost: calculate } = createTestPricing({
      serviceTiers: Object.entries(rates).map(([row, multiplier]) => ({
        provider: '*',
        tier: row,
        multiplier,
      })),
    });

    expect(multiples(calculate, tier, 'openai', 'gpt-4o')?.tokens).toBe(rates[name as keyof typeof rates]);
  });
});

describe('SERVICE_TIERS', () => {
  it.each(SERVICE_TIERS)('says where $provider $model $tier comes from', (row) => {
    expect(row.source).toMatch(/^https:\/\//);
    expect(row.multiplier).toBeGreaterThan(0);
    expect(row.tier).toBe(row.tier.trim().toLowerCase());
  });
});

describe('calculateCost() at a service tier', () => {
  it.each([
    ['batch', 'openai', 'gpt-4o', { tokens: 0.5, cacheRead: 0.5 }],
    ['batch', 'google', 'gemini-2.5-pro', { tokens: 0.5, cacheRead: 1 }],
    ['batch', 'google', 'claude-sonnet-4-5', undefined],
    ['flex', 'groq', 'llama-3.3-70b-versatile', { tokens: 1, cacheRead: 1 }],
    ['priority', 'openai', 'gpt-4.1', { tokens: 1.75, cacheRead: 1.75 }],
    ['priority', 'openai', 'gpt-5-nano', undefined],
    ['priority', 'anthropic', 'claude-sonnet-4-5', undefined],
    ['priority', 'aws', 'amazon.nova-pro-v1:0', undefined],
    ['scale', 'openai', 'gpt-4o', undefined],
  ])('finds %s of %s %s', (tier, provider, model, multiplier) => {
    const { tokens, cacheRead } = multiplier ?? {};
    const expected = multiplier && { tokens: close(tokens ?? 0), cacheRead: close(cacheRead ?? 0) };
    expect(multiples(calculateCost, tier, provider, model)).toEqual(expected);
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
    const multiplier = multiples(calculateCost, 'priority', 'openai', model);
    const { tokens = 0, cacheRead = 0 } = multiplier ?? {};
    const [input = 0, cached = 0, output = 0] = standard;

    expect([input * tokens, cached * cacheRead, output * tokens]).toEqual(
      priority.map((rate) => expect.closeTo(rate, 9)),
    );
  });

  it('takes the rows of the user first', () => {
    const { calculateCost: calculate } = createTestPricing({
      serviceTiers: [
        { provider: 'anthropic', tier: 'priority', multiplier: 0.9 },
        { provider: '*', model: 'gpt-4o*', tier: 'Batches', multiplier: 0.4, cacheReadMultiplier: 0.3 },
      ],
      deployments: { prod: 'gpt-4o-mini' },
    });

    expect(multiples(calculate, 'priority', 'anthropic', 'claude-sonnet-4-5')).toEqual({
      tokens: close(0.9),
      cacheRead: close(0.9),
    });
    expect(multiples(calculate, 'batch', 'azure.ai.openai', 'prod')).toEqual({
      tokens: close(0.4),
      cacheRead: close(0.3),
    });
    expect(multiples(calculate, 'batch', 'openai', 'gpt-5')).toEqual({
      tokens: close(0.5),
      cacheRead: close(0.5),
    });
  });
});
