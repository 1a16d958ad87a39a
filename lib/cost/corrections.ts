import { isDeepStrictEqual } from 'node:util';
import { compilePattern } from '../catalogue/names.js';
import type { Price, TieredRates } from './rates.js';

/** What the price list (`@pydantic/genai-prices` 0.1.8) lacks or has wrong. Overrides of users go before it. */
export interface Correction {
  /** Name in the price list or as recorded. */
  readonly provider: string;
  /** Name in the price list or as recorded; may end in `*`. */
  readonly model: string;
  /** The published rates; `undefined` removes a rate. Each replaces the one of `listed`, and no other value. */
  readonly price: Price;
  /** The stale rates of the list; it has none where this has none. Once the list changes, the correction is void. */
  readonly listed: Price;
  /** The page that publishes the price. */
  readonly source: string;
  /** The day on which the page was read. */
  readonly checkedOn: string;
  /** The day from which the price applies; it always did, when absent. */
  readonly from?: string;
  /** Whether it is the price of models for which the list has none at all. */
  readonly isWhole?: true;
  /** A model of `model` for which the list is checked, where that is a pattern. */
  readonly example?: string;
}

const OPENAI_PRICING = 'https://developers.openai.com/api/docs/pricing';
const PERPLEXITY_PRICING = 'https://docs.perplexity.ai/docs/getting-started/pricing';
const CHECKED_ON = '2026-11-28';

/** The list has the text rates only, which are a sixteenth of the audio rates and less. */
const AUDIO_PREVIEWS: readonly Correction[] = (
  [
    ['gpt-4o-audio-preview-2024-10-01', 'gpt-4o-audio-preview', 100, 200],
    ['gpt-4o-audio-preview*', 'gpt-4o-audio-preview', 40, 80],
    ['gpt-4o-mini-audio-preview*', 'gpt-4o-mini-audio-preview', 10, 20],
  ] as const
).map(([model, page, inputAudio, outputAudio]) => ({
  provider: 'openai',
  model,
  price: { inputAudio, outputAudio },
  listed: {},
  source: `https://developers.openai.com/api/docs/models/${page}`,
  checkedOn: CHECKED_ON,
  example: model.replace('*', ''),
}));

/** Searches by `web_search_preview` cost more on models that do not reason. */
const OPENAI_SEARCHES: readonly Correction[] = (
  [
    ['gpt-4o*', 25, 'gpt-4o'],
    ['gpt-4.1*', 25, 'gpt-4.1'],
    ['*', 10, 'gpt-5'],
  ] as const
).map(([model, webSearchPreviewPer1000, example]) => ({
  provider: 'openai',
  model,
  price: { webSearchPreviewPer1000 },
  listed: {},
  source: OPENAI_PRICING,
  checkedOn: CHECKED_ON,
  example,
}));

/** Billed by the character, which the list has no rate for; the price is for a million of them. */
const SPEECH: readonly Correction[] = (
  [
    ['tts-1-hd*', 'tts-1-hd', 30],
    ['tts-1*', 'tts-1', 15],
  ] as const
).map(([model, example, inputCharacters]) => ({
  provider: 'openai',
  model,
  price: { inputCharacters },
  listed: {},
  isWhole: true,
  source: `https://developers.openai.com/api/docs/models/${example}`,
  checkedOn: CHECKED_ON,
  example,
}));

const FREE_MODERATIONS: readonly Correction[] = ['omni-moderation', 'text-moderation'].map((name) => ({
  provider: 'openai',
  model: `${name}*`,
  price: { perRequest: 0 },
  listed: {},
  isWhole: true,
  source: 'https://developers.openai.com/api/docs/guides/moderation',
  checkedOn: CHECKED_ON,
  example: `${name}-latest`,
}));

/** Billed by the minute alone; the tokens that a transcription reports beside it are free. */
const TRANSCRIPTIONS: readonly Correction[] = ['voxtral-mini-2602', 'voxtral-mini-latest'].map((model) => ({
  provider: 'mistral',
  model,
  price: { input: 0, output: 0 },
  listed: {},
  source: 'https://mistral.ai/pricing',
  checkedOn: CHECKED_ON,
}));

/** The fee by the size of the search context, in US dollars for 1,000 requests; the list has the highest. */
const PERPLEXITY_FEES: readonly Correction[] = (
  [
    ['sonar', 5, 8, 12],
    ['sonar-reasoning', 5, 8, 12],
    ['sonar-pro', 6, 10, 14],
    ['sonar-reasoning-pro', 6, 10, 14],
  ] as const
).map(([model, low, medium, high]) => ({
  provider: 'perplexity',
  model,
  price: {
    perRequest: low / 1000,
    serviceTiers: {
      search_context_medium: { perRequest: medium / 1000 },
      search_context_high: { perRequest: high / 1000 },
    },
  },
  listed: { perRequest: high / 1000 },
  source: PERPLEXITY_PRICING,
  checkedOn: CHECKED_ON,
}));

/** The first row that replaces a rate of a model counts. */
export const CORRECTIONS: readonly Correction[] = [
  // Searches for Azure's models are made and billed by Bing, at a price of its own.
  {
    provider: 'azure',
    model: '*',
    price: { webSearchPer1000: undefined },
    listed: { webSearchPer1000: 10 },
    source: 'https://www.microsoft.com/en-us/bing/apis/grounding-pricing',
    checkedOn: CHECKED_ON,
    example: 'gpt-4o',
  },
  ...AUDIO_PREVIEWS,
  ...OPENAI_SEARCHES,
  {
    provider: 'openai',
    model: '*',
    price: { webSearchPer1000: 10, fileSearchPer1000: 2.5 },
    listed: {},
    source: OPENAI_PRICING,
    checkedOn: CHECKED_ON,
    example: 'gpt-5.3-codex',
  },
  // Each answer of these models begins with a search.
  {
    provider: 'openai',
    model: 'gpt-4o-search-preview*',
    price: { perRequest: 0.025 },
    listed: {},
    source: OPENAI_PRICING,
    checkedOn: CHECKED_ON,
    example: 'gpt-4o-search-preview',
  },
  {
    provider: 'x-ai',
    model: '*',
    price: {
      webSearchPer1000: 5,
      socialSearchPer1000: 5,
      codeExecutionPer1000: 5,
      fileSearchPer1000: 2.5,
    },
    listed: {},
    source: 'https://docs.x.ai/developers/pricing',
    checkedOn: CHECKED_ON,
    example: 'grok-4.3',
  },
  ...PERPLEXITY_FEES,
  // The beta of the context of a million tokens ended; a longer request is refused.
  {
    provider: 'anthropic',
    model: 'claude-sonnet-4-5*',
    price: { tiers: undefined },
    listed: {
      tiers: [
        {
          aboveInputTokens: 200_000,
          input: 6,
          output: 22.5,
          cacheRead: 0.6,
          cacheWrite: 7.5,
          cacheWrite1h: 12,
        },
      ],
    },
    from: '2026-04-30',
    source: 'https://platform.claude.com/docs/en/release-notes/overview',
    checkedOn: CHECKED_ON,
    example: 'claude-sonnet-4-5',
  },
  ...SPEECH,
  ...FREE_MODERATIONS,
  ...TRANSCRIPTIONS,
  // The list matches it with the first version, which costs five times as much.
  {
    provider: 'aws',
    model: 'amazon.titan-embed-text-v2*',
    price: { input: 0.02 },
    listed: { input: 0.1 },
    source: 'https://aws.amazon.com/bedrock/pricing/',
    checkedOn: CHECKED_ON,
    example: 'amazon.titan-embed-text-v2:0',
  },
];

const COMPILED = CORRECTIONS.map((correction) => ({
  ...correction,
  isProvider: compilePattern(correction.provider),
  isModel: compilePattern(correction.model),
  fromMs: correction.from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(correction.from),
}));

/** A price and the period in which it applies: from a moment on, and up to another, no longer at it. */
interface DatedPrice {
  readonly price: Price;
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * Corrects the rates of the price list.
 *
 * @param listed - absent where the list has no price for the model.
 * @param providers - the provider as recorded and its name in the list, which may have the model from another one.
 * @param models - all names of the model.
 */
export function correctPrice(
  listed: TieredRates | undefined,
  providers: readonly string[],
  models: readonly string[],
  atMs: number,
): DatedPrice | undefined {
  const price: Record<string, unknown> = { ...listed };
  const corrected = new Set<string>();
  let [sinceMs, untilMs] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  let isPriced = listed !== undefined;
  for (const { isProvider, isModel, fromMs, ...correction } of COMPILED) {
    if (!providers.some(isProvider) || !models.some(isModel)) continue;
    if (fromMs > atMs) {
      untilMs = Math.min(untilMs, fromMs);
      continue;
    }
    sinceMs = Math.max(sinceMs, fromMs);
    isPriced ||= correction.isWhole === true;
    const stale: Readonly<Record<string, unknown>> = { ...correction.listed };
    for (const [name, published] of Object.entries(correction.price)) {
      if (corrected.has(name) || !isDeepStrictEqual(price[name], stale[name])) continue;
      price[name] = published;
      corrected.add(name);
    }
  }
  return isPriced ? { price, fromMs: sinceMs, untilMs } : undefined;
}
