import { isAmount, isCost, isCount } from '../metrics/amounts.js';
import type { CompiledPrice, CompiledRate } from './compiled-price.js';
import type { Cost } from './cost.js';
import type { Usage } from './usage.js';

/** What a service tier does to the rates. */
export interface Multiplier {
  readonly tokens: number;
  /** Where reads from the prompt cache are discounted by another factor. */
  readonly cacheRead: number;
}

/** The standard service tier. */
export const STANDARD: Multiplier = { tokens: 1, cacheRead: 1 };

/**
 * Computes what a usage costs at a price, in about 0.1 us.
 *
 * @returns undefined when the usage counts something that the price has no rate for, or has no counts at all.
 */
export function computeCost(
  price: CompiledPrice,
  usage: Usage,
  multiplier: Multiplier,
  source: Cost['source'],
): Cost | undefined {
  if (missingRate(price, usage) !== undefined) return undefined;
  const { rates, rest } = price;
  const inputTokens = countOf(usage.inputTokens);
  let inputUsd = 0;
  let outputUsd = 0;
  let otherUsd = price.perRequest;
  for (const rate of rates) {
    let count = countOf(usage[rate.usage]);
    if (rate.name === 'inputAudioPerHour' && count > 0) count = Math.max(count, price.minimumAudioSeconds);
    for (const part of rate.parts) count -= rest[part] ?? 0;
    // Parts that exceed their whole are billed as they are: each token reported is billed once, none twice.
    if (count < 0) count = 0;
    rest[rate.position] = count;
    const usd = (priceAt(rate, inputTokens) * count) / rate.per;
    if (rate.side === 'other') otherUsd += usd;
    else if (rate.side === 'output') outputUsd += usd * multiplier.tokens;
    else inputUsd += usd * (rate.isCacheRead ? multiplier.cacheRead : multiplier.tokens);
  }
  const totalUsd = inputUsd + outputUsd + otherUsd;
  return isCost(totalUsd) ? { totalUsd, inputUsd, outputUsd, source } : undefined;
}

/** Names the first thing that a usage counts and a price has no rate for. */
export function missingRate({ covers }: CompiledPrice, usage: Usage): string | undefined {
  if (countOf(usage.webSearches) > 0 && !covers.webSearches) return 'web searches';
  if (covers.requestsOnly) return undefined;
  if (covers.audioSeconds && countOf(usage.inputAudioSeconds) > 0) return undefined;
  if (!covers.input && (countOf(usage.inputTokens) > 0 || !covers.output)) {
    return covers.audioSeconds ? 'input tokens, only for seconds of audio' : 'input tokens';
  }
  if (!covers.output && countOf(usage.outputTokens) > 0) return 'output tokens';
  return undefined;
}

/** The value where it is a count, 0 where it is absent or no number that a provider could have meant. */
function countOf(value: number | undefined): number {
  return isCount(value) ? value : 0;
}

/**
 * True when every count is a finite number that is not negative, and no part is greater than its whole.
 */
export function isConsistent(usage: Usage): boolean {
  const input = usage.inputTokens;
  const output = usage.outputTokens;
  if (!isAmount(input) || !isAmount(output)) return false;
  const cacheRead = usage.cacheReadTokens ?? 0;
  const cacheWrite = usage.cacheWriteTokens ?? 0;
  const inputAudio = usage.inputAudioTokens ?? 0;
  const inputImage = usage.inputImageTokens ?? 0;
  const cacheReadAudio = usage.cacheReadAudioTokens ?? 0;
  const cacheReadImage = usage.cacheReadImageTokens ?? 0;
  const outputAudio = usage.outputAudioTokens ?? 0;
  const outputImage = usage.outputImageTokens ?? 0;
  return (
    isPart(cacheRead, input) &&
    isPart(cacheWrite, input - cacheRead) &&
    isPart(usage.cacheWrite1hTokens ?? 0, cacheWrite) &&
    isPart(inputAudio, input) &&
    isPart(inputImage, input - inputAudio) &&
    isPart(cacheReadAudio, Math.min(inputAudio, cacheRead)) &&
    isPart(cacheReadImage, Math.min(inputImage, cacheRead - cacheReadAudio)) &&
    isPart(usage.reasoningTokens ?? 0, output) &&
    isPart(outputAudio, output) &&
    isPart(outputImage, output - outputAudio) &&
    isAmount(usage.inputAudioSeconds ?? 0) &&
    isAmount(usage.webSearches ?? 0)
  );
}

/** True when `part` is a count no greater than `whole`; false for anything that is no number. */
function isPart(part: number, whole: number): boolean {
  return typeof part === 'number' && part >= 0 && part <= whole;
}

/** The rate for a request of so many input tokens: a long-context tier reprices the whole request. */
function priceAt(rate: CompiledRate, inputTokens: number): number {
  let price = rate.base;
  for (const tier of rate.tiers) {
    if (inputTokens > tier.above) price = tier.price;
  }
  return price;
}
