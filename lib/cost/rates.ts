import type { Usage } from './usage.js';

/**
 * What a model costs in US dollars, for one million tokens unless documented otherwise.
 *
 * A part without a rate (such as `cacheRead`) is billed at the rate of the whole that it belongs to.
 */
export interface Rates {
  readonly input?: number | undefined;
  readonly output?: number | undefined;
  readonly cacheRead?: number | undefined;
  readonly cacheWrite?: number | undefined;
  readonly cacheWrite1h?: number | undefined;
  readonly reasoning?: number | undefined;
  readonly inputAudio?: number | undefined;
  readonly cacheReadAudio?: number | undefined;
  readonly outputAudio?: number | undefined;
  readonly inputImage?: number | undefined;
  readonly cacheReadImage?: number | undefined;
  readonly outputImage?: number | undefined;
  readonly inputVideo?: number | undefined;
  /** For one hour of audio sent, where a model is billed by time. */
  readonly inputAudioPerHour?: number | undefined;
  /** For one hour of audio generated, where a model is billed by time. */
  readonly outputAudioPerHour?: number | undefined;
  /** For one million characters sent. */
  readonly inputCharacters?: number | undefined;
  /** For one image generated. */
  readonly perImage?: number | undefined;
  /** For 1,000 pages read. */
  readonly pagePer1000?: number | undefined;
  /** For 1,000 pages read with annotations. */
  readonly annotatedPagePer1000?: number | undefined;
  /** For 1,000 searches of a rerank. */
  readonly rerankSearchPer1000?: number | undefined;
  /**
   * For one hour that the model ran, such as the price of your own GPU: it covers the tokens if they have no rates. A
   * request whose time is not known is unpriced.
   */
  readonly computePerHour?: number | undefined;
  /** For 1,000 web searches. */
  readonly webSearchPer1000?: number | undefined;
  /** For 1,000 web searches by OpenAI's `web_search_preview`. */
  readonly webSearchPreviewPer1000?: number | undefined;
  /** For 1,000 searches in stored files. */
  readonly fileSearchPer1000?: number | undefined;
  /** For 1,000 searches of posts, such as xAI's `x_search`. */
  readonly socialSearchPer1000?: number | undefined;
  /** For 1,000 executions of code. */
  readonly codeExecutionPer1000?: number | undefined;
  /** For 1,000 calls of other tools of the provider. */
  readonly otherToolPer1000?: number | undefined;
  /** For 1,000 units that a guardrail processed, on the average of its policies. */
  readonly guardrailUnitPer1000?: number | undefined;
  /** For 1,000 guardrails that ran without a report of their units, on the average. */
  readonly guardrailRunPer1000?: number | undefined;
}

/** Rates that replace the usual ones for the whole request once its input is longer than a threshold. */
export interface ContextTier extends Rates {
  /** The tier applies when `inputTokens`, cached ones included, is greater than this. */
  readonly aboveInputTokens: number;
}

/** Rates of one model, with its long-context tiers. */
export interface TieredRates extends Rates {
  /** For every request, whatever its usage. */
  readonly perRequest?: number | undefined;
  readonly tiers?: readonly ContextTier[] | undefined;
}

/** The price of one model, as users write it in `pricing.overrides`. */
export interface Price extends TieredRates {
  /**
   * Rates of service tiers, by name (`batch`, `flex`, `priority`), which override the multipliers of these tiers.
   * Rates that a tier leaves out are those of the model.
   */
  readonly serviceTiers?: Readonly<Record<string, TieredRates>> | undefined;
}

/** Prices by provider and model. A model name may end in `*`; the longest match wins, an exact one before all. */
export type PriceOverrides = Readonly<Record<string, Readonly<Record<string, Price>>>>;

/** Name of a rate. */
export type RateName = keyof Rates;

/** One thing that providers bill. */
export interface Unit {
  readonly name: RateName;
  /** The member of a usage that counts it. */
  readonly usage: keyof Usage;
  /** Names in the price list; the first one that a price has counts. */
  readonly listKeys: readonly string[];
  /** Number of units that the rate is for. */
  readonly per: number;
  /** The part of a cost that it belongs to. */
  readonly side: 'input' | 'output' | 'other';
  /** Every unit that contains it, the one without a container last. */
  readonly within: readonly RateName[];
  /** Whether the first two units of `within` overlap in it: a price with rates for both must have one for it too. */
  readonly isOverlap?: true;
  /** A read from the prompt cache, which some batch discounts leave out. */
  readonly isCacheRead?: true;
}

const inputTokens = { per: 1_000_000, side: 'input' } as const;
const outputTokens = { per: 1_000_000, side: 'output' } as const;
const SECONDS_PER_HOUR = 3600;
const cachedTokens = { ...inputTokens, isCacheRead: true } as const;

/**
 * All that can be billed. Each row stands before the rows that contain it, so that one pass knows what is left of a
 * whole after its parts.
 */
export const UNITS: readonly Unit[] = [
  {
    ...cachedTokens,
    name: 'cacheReadAudio',
    usage: 'cacheReadAudioTokens',
    listKeys: ['cache_audio_read_mtok'],
    within: ['cacheRead', 'inputAudio', 'input'],
    isOverlap: true,
  },
  {
    ...cachedTokens,
    name: 'cacheReadImage',
    usage: 'cacheReadImageTokens',
    listKeys: ['cache_image_read_mtok'],
    within: ['cacheRead', 'inputImage', 'input'],
    isOverlap: true,
  },
  {
    ...inputTokens,
    name: 'cacheWrite1h',
    usage: 'cacheWrite1hTokens',
    listKeys: ['cache_write_1h_mtok'],
    within: ['cacheWrite', 'input'],
  },
  tokens('cacheRead', 'cacheReadTokens', 'cache_read_mtok', cachedTokens),
  tokens('cacheWrite', 'cacheWriteTokens', 'cache_write_mtok', inputTokens),
  tokens('inputAudio', 'inputAudioTokens', 'input_audio_mtok', inputTokens),
  tokens('inputImage', 'inputImageTokens', 'input_image_mtok', inputTokens),
  tokens('inputVideo', 'inputVideoTokens', 'input_video_mtok', inputTokens),
  { ...inputTokens, name: 'input', usage: 'inputTokens', listKeys: ['input_mtok'], within: [] },
  tokens('reasoning', 'reasoningTokens', 'output_reasoning_mtok', outputTokens),
  tokens('outputAudio', 'outputAudioTokens', 'output_audio_mtok', outputTokens),
  tokens('outputImage', 'outputImageTokens', 'output_image_mtok', outputTokens),
  { ...outputTokens, name: 'output', usage: 'outputTokens', listKeys: ['output_mtok'], within: [] },
  separate(
    'inputAudioPerHour',
    'inputAudioSeconds',
    SECONDS_PER_HOUR,
    'input',
    'input_audio_hours',
    'audio_hours',
  ),
  separate('outputAudioPerHour', 'outputAudioSeconds', SECONDS_PER_HOUR, 'output', 'output_audio_hours'),
  separate('inputCharacters', 'inputCharacters', 1_000_000, 'input'),
  separate('perImage', 'outputImages', 1, 'output'),
  separate('pagePer1000', 'inputPages', 1000, 'input', 'input_document_kpages'),
  separate('annotatedPagePer1000', 'annotatedPages', 1000, 'input', 'input_annotated_document_kpages'),
  separate('rerankSearchPer1000', 'searchUnits', 1000, 'other', 'rerank_searches_kcount'),
  separate('computePerHour', 'computeSeconds', SECONDS_PER_HOUR, 'other'),
  separate('webSearchPer1000', 'webSearches', 1000, 'other', 'web_searches_kcount'),
  separate('webSearchPreviewPer1000', 'webSearchPreviews', 1000, 'other'),
  separate('fileSearchPer1000', 'fileSearches', 1000, 'other', 'storage_searches_kcount'),
  separate('socialSearchPer1000', 'socialSearches', 1000, 'other', 'social_searches_kcount'),
  separate('codeExecutionPer1000', 'codeExecutions', 1000, 'other', 'code_executions_kcount'),
  separate('otherToolPer1000', 'otherToolCalls', 1000, 'other'),
  separate('guardrailUnitPer1000', 'guardrailUnits', 1000, 'other'),
  separate('guardrailRunPer1000', 'guardrailRuns', 1000, 'other'),
];

/** Tokens that are a part of all tokens of their side. */
function tokens(
  name: RateName,
  usage: keyof Usage,
  listKey: string,
  side: typeof inputTokens | typeof outputTokens,
): Unit {
  return { ...side, name, usage, listKeys: [listKey], within: [side.side] };
}

/** Something that is billed beside tokens, or instead of them. */
function separate(
  name: RateName,
  usage: keyof Usage,
  per: number,
  side: Unit['side'],
  ...listKeys: readonly string[]
): Unit {
  return { name, usage, listKeys, per, side, within: [] };
}
