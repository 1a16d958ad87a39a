import { calculateCost } from '../../lib/index.js';
import { CORRECTIONS, listedRates } from '../support/corrections.js';
import { createPricingOver } from '../support/prices.js';

const title = ({ provider, model, example }: (typeof CORRECTIONS)[number]) =>
  `${provider} ${model === example || example === undefined ? model : `${model} (${example})`}`;

describe('a correction of the price list', () => {
  it.each(CORRECTIONS.map((row) => [title(row), row] as const))(
    'names its page and the day on which that was read: %s',
    (_title, { source, checkedOn, from }) => {
      expect(source).toMatch(/^https:\/\/\S+$/);
      for (const day of [checkedOn, from ?? checkedOn]) {
        expect(new Date(day).toISOString()).toBe(`${day}T00:00:00.000Z`);
      }
    },
  );

  it.each(CORRECTIONS.map((row) => [title(row), row] as const))(
    'is to be removed once the list has caught up: %s',
    (_title, row) => {
      const rates: Readonly<Record<string, unknown>> = { ...listedRates(row) };
      const stale: Readonly<Record<string, unknown>> = { ...row.listed };
      for (const name of Object.keys(row.price)) expect([name, rates[name]]).toEqual([name, stale[name]]);
    },
  );

  it('is void once the list has another price', () => {
    const { calculateCost: calculate } = createPricingOver(() => ({
      calcPrice: (_: object, name: string) => {
        const prices = { input_mtok: 0.03 };
        return { provider: { id: 'aws' }, model: { id: name, prices }, model_price: prices };
      },
    }));
    const usage = { inputTokens: 1_000_000, outputTokens: 0 };

    expect(calculate('aws', 'amazon.titan-embed-text-v2:0', usage)?.totalUsd).toBe(0.03);
    expect(calculateCost('aws', 'amazon.titan-embed-text-v2:0', usage)?.totalUsd).toBe(0.02);
  });

  it('applies from its day on, whatever was asked before', () => {
    const usage = { inputTokens: 300_000, outputTokens: 0 };
    const costAt = (at: string) =>
      calculateCost('anthropic', 'claude-sonnet-4-5', usage, { at: new Date(at) })?.totalUsd;

    const [before, after] = ['2026-04-29T23:59:59Z', '2026-04-30T00:00:00Z'];
    expect([costAt(before), costAt(after), costAt(before)]).toEqual([1.8, expect.closeTo(0.9, 12), 1.8]);
  });
});
