import type { ModelInfo, Provider } from '@pydantic/genai-prices';
import fc from 'fast-check';
import { calculateCost } from '../../lib/index.js';
import { correctionOf } from '../support/corrections.js';
import { priceLibrary } from '../support/prices.js';
import {
  LEAF_NAMES,
  type Leaves,
  leavesOf,
  libraryUsageOf,
  momentsOf,
  referenceUsd,
  thresholdsOf,
  usageOf,
} from '../support/reference-price.js';

interface Listed {
  readonly provider: Provider;
  readonly model: ModelInfo;
  /** The only name that finds it. */
  readonly name: string;
}

let listed: readonly Listed[] = [];

/** Gives every model of the list a name of its own, so that each one is found, whatever others match. */
beforeAll(async () => {
  const providers = (await priceLibrary.waitForUpdate()) ?? [];
  listed = providers.flatMap((provider) =>
    provider.models
      .map((model, place) => ({ provider, model, name: `row-${place}` }))
      .filter(({ model }) => correctionOf(provider.id, model.id) !== 'all'),
  );
  priceLibrary.updatePrices(({ setProviderData }) =>
    setProviderData(
      providers.map((provider) => ({
        ...provider,
        models: provider.models.map((model, place) => ({ ...model, match: { equals: `row-${place}` } })),
      })),
    ),
  );
});

const EACH_ALONE = LEAF_NAMES.flatMap((name) =>
  (name === 'seconds' ? [7.5, 90] : [1, 12_345]).map((count) => leavesOf({ [name]: count })),
);
const ALL = Object.fromEntries(LEAF_NAMES.map((name, place) => [name, 100 + place])) as unknown as Leaves;
const TOKENS: Leaves = { ...ALL, seconds: 0, searches: 0 };
const MIXES: readonly Leaves[] = [leavesOf({}), ALL, TOKENS, { ...TOKENS, searches: 3 }];

/** Usages that have exactly so many input tokens. */
function usagesAt(inputTokens: number): readonly Leaves[] {
  const others = usageOf({ ...TOKENS, text: 0 }).inputTokens;
  return [
    leavesOf({ text: inputTokens, answer: 10 }),
    { ...TOKENS, text: Math.max(0, inputTokens - others) },
  ];
}

function differences({ provider, model, name }: Listed, usages: readonly Leaves[]): string[] {
  return momentsOf(model).flatMap((at) =>
    usages.flatMap((leaves) => {
      if (leaves.searches > 0 && correctionOf(provider.id, model.id) === 'fees') return [];
      const oursUsd = calculateCost(provider.id, name, usageOf(leaves), { at })?.totalUsd;
      const expectedUsd = referenceUsd(provider, model, leaves, at);
      if (isClose(oursUsd, expectedUsd)) return [];
      const used = JSON.stringify(Object.entries(leaves).filter(([, count]) => count > 0));
      return [`${provider.id} ${model.id} ${at.toISOString()} ${used}: ${oursUsd}, not ${expectedUsd}`];
    }),
  );
}

function isClose(oursUsd: number | undefined, expectedUsd: number | undefined): boolean {
  if (oursUsd === undefined || expectedUsd === undefined) return oursUsd === expectedUsd;
  return Math.abs(oursUsd - expectedUsd) <= 1e-12 * Math.abs(expectedUsd);
}

describe('the cost of every model of the price list', () => {
  it('is that of the reference for each unit, at each date and beside each threshold', () => {
    const wrong = listed.flatMap((row) => {
      const thresholds = thresholdsOf(row.model).flatMap((start) => [start - 1, start, start + 1]);
      return differences(row, [...EACH_ALONE, ...MIXES, ...thresholds.flatMap(usagesAt)]);
    });

    expect(wrong.slice(0, 10)).toEqual([]);
    expect(listed.length).toBeGreaterThan(1500);
  });

  it('is that of the reference for any mix of units', () => {
    const count = fc.oneof(fc.constant(0), fc.nat(5000), fc.nat(600_000));
    const { seconds: _, ...tokens } = Object.fromEntries(LEAF_NAMES.map((name) => [name, count]));
    const seconds = fc.oneof(
      fc.constant(0),
      fc.nat(40_000).map((tenths) => tenths / 10),
    );
    fc.assert(
      fc.property(fc.record({ ...tokens, seconds }), (leaves) => {
        const wrong = listed.flatMap((row) => differences(row, [leaves as unknown as Leaves]));
        expect(wrong.slice(0, 10)).toEqual([]);
      }),
      { numRuns: 15 },
    );
  });

  it('is that of the library, where that computes one', () => {
    let compared = 0;
    const wrong = listed.flatMap(({ provider, model, name }) => {
      // The rate of Claude for an hour is derived where the list has none.
      const leaves = model.id.includes('claude') ? { ...TOKENS, cacheWrite1h: 0 } : TOKENS;
      return momentsOf(model).flatMap((at) => {
        const oursUsd = calculateCost(provider.id, name, usageOf(leaves), { at })?.totalUsd;
        if (oursUsd === undefined) return [];
        compared += 1;
        const options = { providerId: provider.id, timestamp: at };
        const theirsUsd = priceLibrary.calcPrice(libraryUsageOf(leaves), name, options)?.total_price;
        return isClose(oursUsd, theirsUsd)
          ? []
          : [`${provider.id} ${model.id}: ${oursUsd}, not ${theirsUsd}`];
      });
    });

    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(1300);
  });
});
