import type { CostContext, Price, Usage } from '../../lib/index.js';
import { createTestPricing } from '../support/prices.js';

const WHOLE: Usage = { inputTokens: 100, outputTokens: 50 };
const NOTHING: Usage = { inputTokens: 0, outputTokens: 0 };

/** The problems that a usage is reported with. */
function problemsOf(parts: object): readonly string[] {
  const { calculateCost, problems } = createTestPricing();
  calculateCost('openai', 'gpt-4o', { ...WHOLE, ...parts });
  return problems;
}

describe('a usage', () => {
  it.each([
    [{}],
    [{ cacheReadTokens: 60, cacheWriteTokens: 40, cacheWrite1hTokens: 40 }],
    [{ reasoningTokens: 50 }],
    [{ inputAudioTokens: 60, inputImageTokens: 40, outputAudioTokens: 20, outputImageTokens: 30 }],
    [{ cacheReadTokens: 50, inputAudioTokens: 30, cacheReadAudioTokens: 30 }],
    [{ inputImageTokens: 30, cacheReadTokens: 30, cacheReadImageTokens: 30 }],
    [{ inputAudioSeconds: 0.5, webSearches: 3 }],
    [{ cacheReadTokens: undefined }],
  ])('is consistent with %j', (parts) => {
    expect(problemsOf(parts)).toEqual([]);
  });

  it.each([
    [{ inputTokens: Number.NaN }],
    [{ outputTokens: Number.POSITIVE_INFINITY }],
    [{ outputTokens: -1 }],
    [{ cacheReadTokens: 101 }],
    [{ cacheReadTokens: 60, cacheWriteTokens: 41 }],
    [{ cacheWriteTokens: 5, cacheWrite1hTokens: 6 }],
    [{ cacheWrite1hTokens: 6 }],
    [{ reasoningTokens: 51 }],
    [{ inputAudioTokens: 60, inputImageTokens: 41 }],
    [{ cacheReadTokens: 10, inputAudioTokens: 30, cacheReadAudioTokens: 11 }],
    [{ cacheReadTokens: 30, inputAudioTokens: 10, cacheReadAudioTokens: 11 }],
    [{ cacheReadTokens: 30, cacheReadImageTokens: 11 }],
    [{ outputAudioTokens: 20, outputImageTokens: 31 }],
    [{ reasoningTokens: Number.NaN }],
    [{ cacheReadTokens: -1 }],
    [{ inputAudioSeconds: -1 }],
    [{ webSearches: Number.NaN }],
  ])('is inconsistent with %j', (parts) => {
    expect(problemsOf(parts)).toEqual(['inconsistent_usage calculateCost']);
  });
});

describe('calculateCost()', () => {
  const costOf = (price: Price, usage: Usage, context?: CostContext) =>
    createTestPricing({
      overrides: { p: { m: price } },
      serviceTiers: [{ provider: 'p', tier: 'half', multiplier: 0.5, cacheReadMultiplier: 1 }],
    }).calculateCost('p', 'm', usage, context);

  it('bills parts without a rate at the rate of their whole', () => {
    expect(costOf({ input: 1, output: 2 }, { ...WHOLE, cacheReadTokens: 60, reasoningTokens: 20 })).toEqual({
      totalUsd: expect.closeTo(200e-6, 15),
      inputUsd: expect.closeTo(100e-6, 15),
      outputUsd: expect.closeTo(100e-6, 15),
      source: 'override',
    });
  });

  it.each<readonly [title: string, price: Price, used: Partial<Usage>, usd: number | undefined]>([
    [
      'seconds of audio, by a price for tokens',
      { input: 1, output: 2 },
      { inputAudioSeconds: 30 },
      undefined,
    ],
    ['searches, by a price for tokens', { input: 1, output: 2 }, { webSearches: 1 }, undefined],
    [
      'seconds, by a model that is free',
      { input: 0, output: 0, inputAudioPerHour: 0 },
      { inputAudioSeconds: 30 },
      0,
    ],
    ['output, by a price for input', { input: 1 }, {}, undefined],
    ['tokens, by a price for time', { inputAudioPerHour: 36 }, { inputAudioSeconds: 30 }, undefined],
    ['seconds, by a price for time', { inputAudioPerHour: 36 }, { ...NOTHING, inputAudioSeconds: 30 }, 0.3],
    ['nothing, by a price for time', { inputAudioPerHour: 36 }, NOTHING, undefined],
    ['nothing, by a price for a rerank', { rerankSearchPer1000: 2 }, NOTHING, undefined],
    ['searches of a rerank', { rerankSearchPer1000: 2 }, { ...NOTHING, searchUnits: 3 }, 0.006],
    [
      'searches of a rerank, with the documents for information',
      { rerankSearchPer1000: 2 },
      { ...NOTHING, searchUnits: 1, rerankedDocuments: 100 },
      0.002,
    ],
    ['searches of a rerank, by a price for tokens', { input: 1, output: 2 }, { searchUnits: 3 }, undefined],
    [
      'tokens of a rerank, by a price for searches',
      { rerankSearchPer1000: 2 },
      { searchUnits: 1 },
      undefined,
    ],
    ['the time of a GPU, which covers the tokens', { computePerHour: 3.6 }, { computeSeconds: 5 }, 0.005],
    ['tokens, by a price for the time of a GPU', { computePerHour: 3.6 }, {}, undefined],
    [
      'the time of a GPU beside free tokens',
      { input: 0, output: 0, computePerHour: 3.6 },
      { computeSeconds: 5 },
      0.005,
    ],
    ['tokens beside a time that is not known', { input: 1, output: 2, computePerHour: 3.6 }, {}, undefined],
    ['the time of a GPU and a fee', { computePerHour: 3.6, perRequest: 0.5 }, { computeSeconds: 5 }, 0.505],
    ['tokens, whatever time the model took', { input: 1, output: 2 }, { computeSeconds: 5 }, 200e-6],
    ['a free model, whatever time it took', { input: 0, output: 0 }, { computeSeconds: 5 }, 0],
    [
      'an image, whatever time it took',
      { perImage: 0.04 },
      { ...NOTHING, outputImages: 1, computeSeconds: 5 },
      0.04,
    ],
    [
      'a web search, by a price for the time of a GPU',
      { computePerHour: 3.6 },
      { computeSeconds: 5, webSearches: 1 },
      undefined,
    ],
    ['tokens, by a price for requests', { perRequest: 0.5 }, {}, 0.5],
    ['searches, by a price for requests', { perRequest: 0.5 }, { webSearches: 1 }, undefined],
    [
      'cached audio, by a price for audio',
      { input: 1, output: 2, inputAudio: 10 },
      { inputAudioTokens: 60, cacheReadTokens: 40, cacheReadAudioTokens: 40 },
      40e-6 + 60 * 10e-6 + 50 * 2e-6,
    ],
    [
      'cached audio, by a price for audio and another for what is cached',
      { input: 1, output: 2, inputAudio: 10, cacheRead: 0.1 },
      { inputAudioTokens: 60, cacheReadTokens: 40, cacheReadAudioTokens: 40 },
      undefined,
    ],
    [
      'audio and cached text, by the same price',
      { input: 1, output: 2, inputAudio: 10, cacheRead: 0.1 },
      { inputAudioTokens: 60, cacheReadTokens: 40, cacheReadAudioTokens: 0 },
      60 * 10e-6 + 40 * 0.1e-6 + 50 * 2e-6,
    ],
  ])('prices all of a usage or nothing: %s', (_, price, used, usd) => {
    const cost = costOf(price, { ...WHOLE, ...used });

    if (usd === undefined) expect(cost).toBeUndefined();
    else expect(cost?.totalUsd).toBeCloseTo(usd, 12);
  });

  it('takes the multiple from what is for tokens only', () => {
    const price = { input: 1, output: 2, cacheRead: 0.1, webSearchPer1000: 10, perRequest: 0.5 };
    const usage = { ...WHOLE, cacheReadTokens: 60, webSearches: 2 };

    expect(costOf(price, usage, { serviceTier: 'half' })?.totalUsd).toBeCloseTo(
      40e-6 * 0.5 + 6e-6 + 100e-6 * 0.5 + 0.02 + 0.5,
      12,
    );
  });

  it('knows no cost that is not finite', () => {
    expect(costOf({ input: 1e300, output: 1 }, { inputTokens: 1e10, outputTokens: 0 })).toBeUndefined();
  });
});
