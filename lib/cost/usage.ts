import { isAmount, isCount } from '../metrics/amounts.js';

/**
 * Token counts of one request, in the same form for all providers.
 *
 * `inputTokens` INCLUDES cached tokens and `outputTokens` INCLUDES reasoning tokens, as the GenAI semantic
 * conventions say; all other token counts are subsets of these two. A count that the provider did not report is absent.
 */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Part of the input that was read from the provider's prompt cache. */
  readonly cacheReadTokens?: number | undefined;
  /** Part of the input that was written to the provider's prompt cache, for every lifetime. */
  readonly cacheWriteTokens?: number | undefined;
  /** Part of `cacheWriteTokens` written for one hour, which Anthropic bills higher. */
  readonly cacheWrite1hTokens?: number | undefined;
  /** Part of the output spent on reasoning. */
  readonly reasoningTokens?: number | undefined;
  readonly inputAudioTokens?: number | undefined;
  readonly cacheReadAudioTokens?: number | undefined;
  readonly outputAudioTokens?: number | undefined;
  readonly inputImageTokens?: number | undefined;
  readonly cacheReadImageTokens?: number | undefined;
  readonly outputImageTokens?: number | undefined;
  /** Length of the audio sent, in seconds, for transcription models that are billed by time. */
  readonly inputAudioSeconds?: number | undefined;
  /** Number of web searches that the provider ran for the request, billed separately from tokens. */
  readonly webSearches?: number | undefined;
}

/** A count of a usage; 0 where it is absent, or is not a number that a provider could have reported. */
export function countOf(usage: Usage, name: keyof Usage): number {
  const count = usage[name];
  return isCount(count) ? count : 0;
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

/** True when `part` is a count that is not greater than `whole`; false for anything that is not a number. */
function isPart(part: number, whole: number): boolean {
  return typeof part === 'number' && part >= 0 && part <= whole;
}
