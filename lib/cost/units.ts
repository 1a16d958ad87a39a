import type { Rates } from './price.js';
import type { Usage } from './usage.js';

/** Name of a rate. */
export type RateName = keyof Rates;

/** One thing that providers bill. */
export interface Unit {
  readonly name: RateName;
  /** Where a usage counts it. */
  readonly usage: keyof Usage;
  /** What the price list calls it; the first one present counts. */
  readonly listKeys: readonly string[];
  /** How many of the unit its rate is for. */
  readonly per: number;
  /** The part of a {@link Cost} it belongs to. */
  readonly side: 'input' | 'output' | 'other';
  /** Every unit that contains it, so that nothing is billed twice. */
  readonly within: readonly RateName[];
  /** A read from the prompt cache, which some batch discounts leave out. */
  readonly isCacheRead?: true;
}

const MILLION = 1_000_000;

/**
 * All that can be billed, each row before the rows that contain it: what is left of a whole after its parts is
 * then known in one pass.
 */
export const UNITS: readonly Unit[] = [
  {
    name: 'cacheReadAudio',
    usage: 'cacheReadAudioTokens',
    listKeys: ['cache_audio_read_mtok'],
    per: MILLION,
    side: 'input',
    within: ['cacheRead', 'inputAudio', 'input'],
    isCacheRead: true,
  },
  {
    name: 'cacheReadImage',
    usage: 'cacheReadImageTokens',
    listKeys: ['cache_image_read_mtok'],
    per: MILLION,
    side: 'input',
    within: ['cacheRead', 'inputImage', 'input'],
    isCacheRead: true,
  },
  {
    name: 'cacheWrite1h',
    usage: 'cacheWrite1hTokens',
    listKeys: ['cache_write_1h_mtok'],
    per: MILLION,
    side: 'input',
    within: ['cacheWrite', 'input'],
  },
  {
    name: 'cacheRead',
    usage: 'cacheReadTokens',
    listKeys: ['cache_read_mtok'],
    per: MILLION,
    side: 'input',
    within: ['input'],
    isCacheRead: true,
  },
  {
    name: 'cacheWrite',
    usage: 'cacheWriteTokens',
    listKeys: ['cache_write_mtok'],
    per: MILLION,
    side: 'input',
    within: ['input'],
  },
  {
    name: 'inputAudio',
    usage: 'inputAudioTokens',
    listKeys: ['input_audio_mtok'],
    per: MILLION,
    side: 'input',
    within: ['input'],
  },
  {
    name: 'inputImage',
    usage: 'inputImageTokens',
    listKeys: ['input_image_mtok'],
    per: MILLION,
    side: 'input',
    within: ['input'],
  },
  {
    name: 'input',
    usage: 'inputTokens',
    listKeys: ['input_mtok'],
    per: MILLION,
    side: 'input',
    within: [],
  },
  {
    name: 'reasoning',
    usage: 'reasoningTokens',
    listKeys: ['output_reasoning_mtok'],
    per: MILLION,
    side: 'output',
    within: ['output'],
  },
  {
    name: 'outputAudio',
    usage: 'outputAudioTokens',
    listKeys: ['output_audio_mtok'],
    per: MILLION,
    side: 'output',
    within: ['output'],
  },
  {
    name: 'outputImage',
    usage: 'outputImageTokens',
    listKeys: ['output_image_mtok'],
    per: MILLION,
    side: 'output',
    within: ['output'],
  },
  {
    name: 'output',
    usage: 'outputTokens',
    listKeys: ['output_mtok'],
    per: MILLION,
    side: 'output',
    within: [],
  },
  {
    name: 'inputAudioPerHour',
    usage: 'inputAudioSeconds',
    listKeys: ['input_audio_hours', 'audio_hours'],
    per: 3600,
    side: 'input',
    within: [],
  },
  {
    name: 'webSearchPer1000',
    usage: 'webSearches',
    listKeys: ['web_searches_kcount'],
    per: 1000,
    side: 'other',
    within: [],
  },
];
