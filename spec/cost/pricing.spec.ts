import { DiagLogLevel, diag } from '@opentelemetry/api';
import fc from 'fast-check';
import type { Cost, CostContext, Usage } from '../../lib/index.js';
import { createTestPricing, OFF_PEAK_MS } from '../support/prices.js';

const USAGE: Usage = { inputTokens: 1000, outputTokens: 100 };
const PEAK_MS = Date.parse('2026-11-16T02:00:00Z');

/** The lines that diag is told while `fn` runs. */
function diagLines(fn: () => void): string[] {
  const lines: string[] = [];
  const tell = (...parts: unknown[]) => void lines.push(parts.join(' '));
  const quiet = () => {};
  diag.setLogger(
    { error: tell, warn: tell, info: quiet, debug: quiet, verbose: quiet },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  try {
    fn();
  } finally {
    diag.disable();
  }
  return lines;
}

describe('calculateCost()', () => {
  describe('with several sources of a cost', () => {
    const overrides = { openai: { 'gpt-4o': { input: 1, output: 1 } } };

    it.each([
      ['the override', { overrides }, { reportedCostUsd: 7 }, { totalUsd: 0.0011, source: 'override' }],
      ['what the provider reported', {}, { reportedCostUsd: 7 }, { totalUsd: 7, source: 'provider' }],
      ['the price list', {}, {}, { totalUsd: 0.0035, source: 'list' }],
    ] as const)('takes %s first', (_, options, context, { totalUsd, source }) => {
      expect(createTestPricing(options).calculateCost('openai', 'gpt-4o', USAGE, context)).toMatchObject({
        totalUsd: expect.closeTo(totalUsd, 12),
        source,
      });
    });

    it('passes over an override that has no rate for what was used', () => {
      const { calculateCost } = createTestPricing({ overrides: { openai: { 'gpt-4o': { input: 1 } } } });

      expect(calculateCost('openai', 'gpt-4o', { ...USAGE, outputTokens: 0 })?.source).toBe('override');
      expect(calculateCost('openai', 'gpt-4o', USAGE, { reportedCostUsd: 7 })?.source).toBe('provider');
      expect(calculateCost('openai', 'gpt-4o', USAGE)?.source).toBe('list');
    });
  });

  describe('with a price that changes during the day', () => {
    it('prices each request by its own time, memo or not', () => {
      const { calculateCost, clock } = createTestPricing({}, PEAK_MS);
      const usd = (context?: CostContext) =>
        calculateCost('deepseek', 'deepseek-v4-pro', USAGE, context)?.totalUsd;
      const peakUsd = 1000 * 1.32e-6 + 100 * 3.96e-6;
      const offPeakUsd = 1000 * 0.66e-6 + 100 * 1.98e-6;

      expect(usd()).toBeCloseTo(peakUsd, 12);
      clock.nowMs = OFF_PEAK_MS;
      expect(usd()).toBeCloseTo(offPeakUsd, 12);
      expect(usd({ at: new Date(PEAK_MS) })).toBeCloseTo(peakUsd, 12);
      expect(usd({ at: new Date(Number.NaN) })).toBeCloseTo(offPeakUsd, 12);
    });
  });

  describe('with a cost that is unknown', () => {
    it.each([
      ['a model that nobody knows', 'openai', 'gpt-4o-super-secret', USAGE, undefined],
      ['a provider that nobody knows', 'my-gateway', 'gpt-4o', USAGE, undefined],
      ['a model without a published price', 'google', 'gemma-3', USAGE, undefined],
      ['a tier without a published price', 'openai', 'gpt-4o', USAGE, { serviceTier: 'ultrafast' }],
      ['a tier sold by commitment', 'anthropic', 'claude-sonnet-4-5', USAGE, { serviceTier: 'priority' }],
      ['output that has no rate', 'openai', 'text-embedding-3-small', USAGE, undefined],
      ['searches that have no rate', 'groq', 'openai/gpt-oss-120b', { ...USAGE, webSearches: 1 }, undefined],
      ['audio billed by time, without the time', 'openai', 'whisper-1', USAGE, undefined],
    ] as const)('returns undefined, never 0: %s', (_, provider, model, usage, context) => {
      const { calculateCost, problems } = createTestPricing();

      expect(calculateCost(provider, model, usage, context)).toBeUndefined();
      expect(problems).toEqual([]);
    });

    it('tells diag once for each model, and why', () => {
      const { calculateCost } = createTestPricing();
      const lines = diagLines(() => {
        for (let call = 0; call < 3; call++) {
          calculateCost('openai', 'nope', USAGE);
          calculateCost('openai', 'gpt-4o', USAGE, { serviceTier: 'scale' });
          calculateCost('openai', 'text-embedding-3-small', USAGE);
        }
      });

      const remedy = 'Set its price with the option pricing.overrides.';
      expect(lines).toEqual([
        `llm-edge-monitoring no cost for model "nope" of provider "openai": it is not in the price list. ${remedy}`,
        `llm-edge-monitoring no cost for model "gpt-4o" of provider "openai": the price of the service tier "scale" is not known. ${remedy}`,
        `llm-edge-monitoring no cost for model "text-embedding-3-small" of provider "openai": its price has no rate for output tokens. ${remedy}`,
      ]);
    });

    it('stops telling after 100 models', () => {
      const { calculateCost } = createTestPricing();
      const lines = diagLines(() => {
        for (let model = 0; model < 150; model++) calculateCost('openai', `nope\n${model}`, USAGE);
      });

      expect(lines).toHaveLength(100);
      expect(lines.at(-1)).toMatch(/"nope\\n99".*Further models without a cost are counted, not logged\.$/);
    });
  });

  describe('with another model that answered', () => {
    const TOLD = 'Set its price with the option pricing.overrides.';

    it('prices by it and tells nothing of the model asked for, which the list need not know', () => {
      const { calculateCost } = createTestPricing();
      let cost: Cost | undefined;
      const lines = diagLines(() => {
        cost = calculateCost('azure', 'my-deployment', USAGE, { answeredModel: 'gpt-4o-2024-08-06' });
      });

      expect(cost).toEqual(createTestPricing().calculateCost('azure', 'gpt-4o-2024-08-06', USAGE));
      expect(cost?.totalUsd).toBeGreaterThan(0);
      expect(lines).toEqual([]);
    });

    it('prices by the model asked for where the list does not know the one that answered', () => {
      const { calculateCost } = createTestPricing();
      const lines = diagLines(() => {
        expect(calculateCost('openai', 'gpt-4o', USAGE, { answeredModel: 'nope' })).toEqual(
          calculateCost('openai', 'gpt-4o', USAGE),
        );
      });

      expect(lines).toEqual([]);
    });

    it('takes what the user agreed on for the model asked for first, then for the one that answered', () => {
      const priceOf = (usd: number) => ({ input: usd, output: usd });
      const { calculateCost } = createTestPricing({
        overrides: { openai: { negotiated: priceOf(1), answered: priceOf(3) } },
      });
      const usage = { inputTokens: 1_000_000, outputTokens: 0 };
      const usd = (model: string) =>
        calculateCost('openai', model, usage, { answeredModel: 'answered' })?.totalUsd;

      expect([usd('negotiated'), usd('gpt-4o')]).toEqual([1, 3]);
    });

    it('tells one line where neither has a price, and counts bad numbers once', () => {
      const { calculateCost, problems } = createTestPricing();
      const lines = diagLines(() => {
        calculateCost('openai', 'nope', USAGE, { answeredModel: 'neither' });
        calculateCost('openai', 'nope', USAGE, { answeredModel: 'neither' });
      });
      calculateCost(
        'openai',
        'nope',
        { inputTokens: 1, outputTokens: 1, cacheReadTokens: 5 },
        { answeredModel: 'neither', reportedCostUsd: Number.NaN },
      );

      expect(lines).toEqual([
        `llm-edge-monitoring no cost for model "nope" of provider "openai", answered by "neither": it is not in the price list. ${TOLD}`,
      ]);
      expect(problems).toEqual([
        'inconsistent_usage calculateCost',
        'invalid_value calculateCost(reportedCostUsd)',
      ]);
    });
  });

  describe('with bad numbers', () => {
    const priced = (usd: number) => ({ totalUsd: expect.closeTo(usd, 12), source: 'list' });

    it.each([
      ['NaN input', { inputTokens: Number.NaN }, undefined],
      ['negative output', { outputTokens: -1 }, undefined],
      ['infinite input', { inputTokens: Number.POSITIVE_INFINITY }, undefined],
      ['text for input', { inputTokens: '12' }, undefined],
      ['no output', { outputTokens: undefined }, undefined],
      ['a negative part', { cacheReadTokens: -5 }, priced(1000 * 2.5e-6 + 100 * 10e-6)],
      ['a part that is no number', { cacheReadTokens: '7' }, priced(1000 * 2.5e-6 + 100 * 10e-6)],
      ['more cached than sent', { cacheReadTokens: 1500 }, priced(1500 * 1.25e-6 + 100 * 10e-6)],
      ['more reasoning than output', { reasoningTokens: 101 }, priced(1000 * 2.5e-6 + 100 * 10e-6)],
      ['a 1 hour write that is no write', { cacheWrite1hTokens: 5 }, priced(1000 * 2.5e-6 + 100 * 10e-6)],
    ])('counts it, and bills what can be billed: %s', (_, wrong, cost) => {
      const { calculateCost, problems } = createTestPricing();
      const usage = { ...USAGE, ...wrong } as unknown as Usage;

      const result = calculateCost('openai', 'gpt-4o', usage);

      if (cost === undefined) expect(result).toBeUndefined();
      else expect(result).toMatchObject(cost);
      expect(problems).toEqual(['inconsistent_usage calculateCost']);
    });

    it('passes over a reported cost that is no amount', () => {
      const { calculateCost, problems } = createTestPricing();

      expect(calculateCost('openai', 'gpt-4o', USAGE, { reportedCostUsd: -1 })?.source).toBe('list');
      expect(problems).toEqual(['invalid_value calculateCost(reportedCostUsd)']);
    });

    it('takes null for absent, as answers do', () => {
      const { calculateCost, problems } = createTestPricing();
      const usage = { ...USAGE, cacheReadTokens: null } as unknown as Usage;
      const context = { serviceTier: null, reportedCostUsd: null } as unknown as CostContext;

      expect(calculateCost('openai', 'gpt-4o', usage, context)).toMatchObject(priced(0.0035));
      expect(problems).toEqual([]);
    });

    it.each([
      ['', 'gpt-4o', 'invalid_name calculateCost'],
      ['openai', 42, 'invalid_name calculateCost'],
      ['openai', 'x'.repeat(257), 'name_too_long calculateCost'],
    ])('refuses names that are none: %j', (provider, model, problem) => {
      const { calculateCost, problems } = createTestPricing();

      expect(calculateCost(provider, model as string, USAGE)).toBeUndefined();
      expect(problems).toEqual([problem]);
    });

    it('does not throw what the usage throws', () => {
      const { calculateCost, problems } = createTestPricing();
      const usage = {
        get inputTokens(): number {
          throw new Error('no');
        },
        outputTokens: 1,
      };

      expect(calculateCost('openai', 'gpt-4o', usage)).toBeUndefined();
      expect(problems).toEqual(['internal_error calculateCost']);
    });

    it('never throws, and costs a finite amount that is not negative', () => {
      const { calculateCost } = createTestPricing({
        overrides: { p: { '*': { input: 1, output: 2, cacheRead: 0.1 } } },
      });
      const anything = fc.oneof(fc.anything(), fc.double(), fc.nat());
      const usageArbitrary = fc.record(
        {
          inputTokens: anything,
          outputTokens: anything,
          cacheReadTokens: anything,
          cacheWriteTokens: anything,
          webSearches: anything,
        },
        { requiredKeys: [] },
      );
      const context = fc.record({ serviceTier: fc.string(), reportedCostUsd: anything, at: fc.date() });
      fc.assert(
        fc.property(
          fc.constantFrom('p', 'openai', 'anthropic'),
          fc.constantFrom('gpt-4o', 'claude-sonnet-4-5', '__proto__', 'constructor'),
          fc.oneof(usageArbitrary, fc.anything()),
          fc.option(context, { nil: undefined }),
          (provider, model, usage, given) => {
            const cost = calculateCost(provider, model, usage as Usage, given as CostContext);
            return cost === undefined || (cost.totalUsd >= 0 && Number.isFinite(cost.totalUsd));
          },
        ),
        { numRuns: 500 },
      );
    });
  });

  describe('with more model names than anybody has', () => {
    it('goes on pricing, and keeps no more than its memo holds', () => {
      const { calculateCost } = createTestPricing({ overrides: { p: { 'm*': { input: 1, output: 1 } } } });
      const usd = (model: string) => calculateCost('p', model, USAGE)?.totalUsd;

      const costs = new Set(Array.from({ length: 5000 }, (_, number) => usd(`m${number}`)));

      expect([...costs]).toEqual([expect.closeTo(0.0011, 12)]);
      expect(usd('m0')).toBeCloseTo(0.0011, 12);
    });
  });

  it('prices by the published prices without options', () => {
    const { calculateCost } = createTestPricing();

    expect(calculateCost('openai', 'gpt-4o', USAGE)?.totalUsd).toBeCloseTo(0.0035, 12);
  });
});
