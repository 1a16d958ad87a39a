import fc from 'fast-check';
import { calculateCost } from '../../lib/cost/calculate-cost.js';
import { computeCost, STANDARD } from '../../lib/cost/compute-cost.js';
import { priceAtTime } from '../../lib/cost/dated-price.js';
import { compileListModel, type ListModel } from '../../lib/cost/list-price.js';
import type { Usage } from '../../lib/cost/usage.js';
import { loadPrices } from '../../lib/lazy.cjs';

const { calcPrice, waitForUpdate } = loadPrices();

type Provider = NonNullable<Awaited<ReturnType<typeof waitForUpdate>>>[number];

interface Listed {
  readonly provider: Provider;
  readonly model: Provider['models'][number];
  /** Every key that any of its prices has. */
  readonly keys: ReadonlySet<string>;
}

let models: readonly Listed[] = [];

beforeAll(async () => {
  const providers = (await waitForUpdate()) ?? [];
  models = providers.flatMap((provider) =>
    provider.models.map((model) => {
      const prices = Array.isArray(model.prices) ? model.prices.map((dated) => dated.prices) : [model.prices];
      return { provider, model, keys: new Set(prices.flatMap((price) => Object.keys(price))) };
    }),
  );
});

const tokens = fc.oneof(fc.constant(0), fc.nat(5000), fc.nat(600_000));

/** Counts of things that exclude each other: every usage summed up from them is consistent. */
const partsArbitrary = fc.record({
  text: tokens,
  cacheRead: tokens,
  cacheReadAudio: tokens,
  cacheReadImage: tokens,
  cacheWrite5m: tokens,
  cacheWrite1h: tokens,
  audio: tokens,
  image: tokens,
  answer: tokens,
  reasoning: tokens,
  answerAudio: tokens,
  answerImage: tokens,
  seconds: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 1, max: 40_000 }).map((tenths) => tenths / 10),
  ),
  searches: fc.nat(20),
});
type Parts = typeof partsArbitrary extends fc.Arbitrary<infer Value> ? Value : never;

const momentArbitrary = fc.date({
  min: new Date('2025-01-01T00:00:00Z'),
  max: new Date('2027-06-01T00:00:00Z'),
  noInvalidDate: true,
});

/** The usage as far as the model's price has rates for it, so that its cost is known. */
function usageFor({ model, keys }: Listed, parts: Parts): Usage {
  const hasInput = keys.has('input_mtok');
  const output = keys.has('output_mtok')
    ? parts.answer + parts.reasoning + parts.answerAudio + parts.answerImage
    : 0;
  const input = (count: number) => (hasInput ? count : 0);
  // Claude's 1 hour write is derived where the list lacks it; the hand-computed table proves that rate.
  const isDerived = model.id.includes('claude') && !keys.has('cache_write_1h_mtok');
  const cacheWrite1h = isDerived ? 0 : parts.cacheWrite1h;
  const cacheRead = parts.cacheRead + parts.cacheReadAudio + parts.cacheReadImage;
  const cacheWrite = parts.cacheWrite5m + cacheWrite1h;
  return {
    inputTokens: input(parts.text + parts.audio + parts.image + cacheRead + cacheWrite),
    cacheReadTokens: input(cacheRead),
    cacheWriteTokens: input(cacheWrite),
    cacheWrite1hTokens: input(cacheWrite1h),
    inputAudioTokens: input(parts.audio + parts.cacheReadAudio),
    cacheReadAudioTokens: input(parts.cacheReadAudio),
    inputImageTokens: input(parts.image + parts.cacheReadImage),
    cacheReadImageTokens: input(parts.cacheReadImage),
    outputTokens: output,
    reasoningTokens: output === 0 ? 0 : parts.reasoning,
    outputAudioTokens: output === 0 ? 0 : parts.answerAudio,
    outputImageTokens: output === 0 ? 0 : parts.answerImage,
    inputAudioSeconds: hasInput ? 0 : parts.seconds + 0.1,
    webSearches: keys.has('web_searches_kcount') ? parts.searches : 0,
  };
}

function libraryUsage(usage: Usage): Record<string, number> {
  return {
    input_tokens: usage.inputTokens,
    cache_read_tokens: usage.cacheReadTokens ?? 0,
    cache_write_tokens: usage.cacheWriteTokens ?? 0,
    cache_write_1h_tokens: usage.cacheWrite1hTokens ?? 0,
    input_audio_tokens: usage.inputAudioTokens ?? 0,
    cache_audio_read_tokens: usage.cacheReadAudioTokens ?? 0,
    input_image_tokens: usage.inputImageTokens ?? 0,
    cache_image_read_tokens: usage.cacheReadImageTokens ?? 0,
    output_tokens: usage.outputTokens,
    output_reasoning_tokens: usage.reasoningTokens ?? 0,
    output_audio_tokens: usage.outputAudioTokens ?? 0,
    output_image_tokens: usage.outputImageTokens ?? 0,
    audio_seconds: usage.inputAudioSeconds ?? 0,
    input_audio_seconds: usage.inputAudioSeconds ?? 0,
    web_searches: usage.webSearches ?? 0,
  };
}

/** What the library says the model costs, whatever names the model is found by. */
function libraryUsd({ provider, model }: Listed, usage: Usage, timestamp: Date): number | undefined {
  const alone = { ...provider, models: [{ ...model, match: { equals: 'it' } }] };
  return calcPrice(libraryUsage(usage), 'it', { provider: alone, timestamp })?.total_price;
}

function listModel({ provider, model }: Listed): ListModel {
  return { provider: provider.id, model: model.id, prices: model.prices } as ListModel;
}

/** Token rates, or time: what a usage of ours can count. Pages and characters are not among it. */
function isCountable({ keys }: Listed): boolean {
  return ['input_mtok', 'output_mtok', 'audio_hours', 'input_audio_hours'].some((key) => keys.has(key));
}

describe('compileListModel()', () => {
  it('agrees with the library to 1e-12 on every model, usage and moment', () => {
    const compiled = models.filter(isCountable).map((listed) => ({
      listed,
      prices: compileListModel(listModel(listed)) ?? [],
    }));
    expect(compiled.length).toBeGreaterThan(1500);

    fc.assert(
      fc.property(partsArbitrary, momentArbitrary, (parts, at) => {
        for (const { listed, prices } of compiled) {
          const usage = usageFor(listed, parts);
          const price = priceAtTime(prices, at.getTime());
          const oursUsd = price && computeCost(price, usage, STANDARD, 'list')?.totalUsd;
          const theirsUsd = libraryUsd(listed, usage, at);
          if (!isClose(oursUsd, theirsUsd)) {
            throw new Error(`${listed.provider.id} ${listed.model.id}: ${oursUsd}, not ${theirsUsd}`);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('has no price where the list publishes none, unless the name says free', () => {
    const unknown = models.filter((listed) => !isCountable(listed));
    const usage = { inputTokens: 1000, outputTokens: 100 };
    const costs = unknown.map((listed) => {
      const price = compileListModel(listModel(listed))?.[0]?.price;
      return price && computeCost(price, usage, STANDARD, 'list')?.totalUsd;
    });

    expect(costs).toEqual(unknown.map(({ model }) => (model.id.endsWith(':free') ? 0 : undefined)));
    expect(unknown.length).toBeGreaterThan(100);
  });

  it('has no price at a time that a constraint of an unknown kind decides', () => {
    const prices = [
      { prices: { input_mtok: 1, output_mtok: 2 } },
      { constraint: { type: 'moon_phase', phase: 'full' }, prices: { input_mtok: 9, output_mtok: 9 } },
    ];

    expect(compileListModel({ provider: 'p', model: 'm', prices })).toBeUndefined();
  });
});

describe('calculateCost()', () => {
  it('finds every model that the library finds by the same names, at the same price', () => {
    const usage = { inputTokens: 1000, outputTokens: 100, cacheReadTokens: 300 };
    const at = new Date('2026-11-16T12:00:00Z');
    const withoutOutput = { ...usage, outputTokens: 0 };
    const differences = models.filter(isCountable).flatMap((listed) => {
      const { provider, model, keys } = listed;
      if (!keys.has('input_mtok')) return [];
      const counted = keys.has('output_mtok') ? usage : withoutOutput;
      const found = calcPrice(libraryUsage(counted), model.id, { providerId: provider.id, timestamp: at });
      if (found === null || Object.keys(found.model_price).length === 0) return [];
      const oursUsd = calculateCost(provider.id, model.id, counted, { at })?.totalUsd;
      return isClose(oursUsd, found.total_price) ? [] : [`${provider.id}/${model.id}: ${oursUsd}`];
    });

    expect(differences).toEqual([]);
  });
});

function isClose(oursUsd: number | undefined, theirsUsd: number | undefined): boolean {
  if (oursUsd === undefined || theirsUsd === undefined) return false;
  return Math.abs(oursUsd - theirsUsd) <= 1e-12 * Math.max(1, Math.abs(theirsUsd));
}
