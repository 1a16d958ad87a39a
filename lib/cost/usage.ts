import { isAmount, isCount } from '../metrics/amounts.js';
import type { UnitCounts } from '../metrics/recorder.js';

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
  /** Part of the input that is video. */
  readonly inputVideoTokens?: number | undefined;
  /** Length of the audio sent, in seconds, for transcription models that are billed by time. */
  readonly inputAudioSeconds?: number | undefined;
  /** Length of the audio that was generated, in seconds, for speech models that are billed by time. */
  readonly outputAudioSeconds?: number | undefined;
  /** Number of characters sent, for speech models that are billed by them. */
  readonly inputCharacters?: number | undefined;
  /** Number of images that were generated, for models that are billed by the image. */
  readonly outputImages?: number | undefined;
  /** Number of pages that were read, for models that are billed by the page. */
  readonly inputPages?: number | undefined;
  /** Number of pages that were read with annotations, which are billed higher; not a part of `inputPages`. */
  readonly annotatedPages?: number | undefined;
  /** Number of searches that a rerank is billed for: Cohere counts one for up to 100 documents. */
  readonly searchUnits?: number | undefined;
  /** Number of documents that were reranked. */
  readonly rerankedDocuments?: number | undefined;
  /** Time that the model ran, in seconds, for models that are billed by it. */
  readonly computeSeconds?: number | undefined;
  /** Number of web searches that the provider ran for the request, billed separately from tokens. */
  readonly webSearches?: number | undefined;
  /** Number of web searches by OpenAI's `web_search_preview`, whose fee is another one; not a part of `webSearches`. */
  readonly webSearchPreviews?: number | undefined;
  /** Number of searches in stored files that the provider ran for the request. */
  readonly fileSearches?: number | undefined;
  /** Number of searches of posts that the provider ran for the request, such as xAI's `x_search`. */
  readonly socialSearches?: number | undefined;
  /** Number of executions of code that the provider billed for the request; of containers, where it bills those. */
  readonly codeExecutions?: number | undefined;
  /** Number of calls of other tools of the provider that may be billed. */
  readonly otherToolCalls?: number | undefined;
  /** Number of text units and images that billed policies of a guardrail processed, where the answer reports it. */
  readonly guardrailUnits?: number | undefined;
  /** Number of guardrails that ran without a report of their units. */
  readonly guardrailRuns?: number | undefined;
}

/** A part of the usage of one answer that is billed separately: a turn of a loop, or the work of another model. */
export interface UsagePart {
  readonly usage: Usage;
  /** The model that is billed; the one that answered, when absent. */
  readonly model?: string | undefined;
  /** Whether `model` is another model than the requested one, so that tokens and cost are recorded under its name. */
  readonly isOtherModel?: boolean | undefined;
  /** Whether the provider does not bill these tokens. */
  readonly isFree?: boolean | undefined;
}

/** Counts that belong to no other count. Each is a `unit` of `llm_edge_billed_units_total`. */
const AMOUNTS = [
  'inputAudioSeconds',
  'outputAudioSeconds',
  'inputCharacters',
  'outputImages',
  'inputPages',
  'annotatedPages',
  'searchUnits',
  'rerankedDocuments',
  'computeSeconds',
  'webSearches',
  'webSearchPreviews',
  'fileSearches',
  'socialSearches',
  'codeExecutions',
  'otherToolCalls',
  'guardrailUnits',
  'guardrailRuns',
] as const satisfies readonly (keyof Usage & keyof UnitCounts)[];

/** True when `part` is a count that is not greater than `whole`; false for anything that is not a number. */
function isPart(part: number, whole: number): boolean {
  return typeof part === 'number' && part >= 0 && part <= whole;
}

/** Every count of a usage. */
export const COUNTS = [
  'inputTokens',
  'outputTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
  'cacheWrite1hTokens',
  'reasoningTokens',
  'inputAudioTokens',
  'cacheReadAudioTokens',
  'outputAudioTokens',
  'inputImageTokens',
  'cacheReadImageTokens',
  'outputImageTokens',
  'inputVideoTokens',
  ...AMOUNTS,
] as const satisfies readonly (keyof Usage)[];

/** Adds usages count by count; a count that all lack stays absent. */
export function sumUsages(usages: readonly Usage[]): Usage {
  const counts: { -readonly [Count in keyof Usage]: Usage[Count] } = { inputTokens: 0, outputTokens: 0 };
  for (const usage of usages) {
    for (const name of COUNTS) {
      const count = usage[name];
      if (count !== undefined) counts[name] = (counts[name] ?? 0) + count;
    }
  }
  return counts;
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
    isPart(usage.inputVideoTokens ?? 0, input - inputAudio - inputImage) &&
    isPart(cacheReadAudio, Math.min(inputAudio, cacheRead)) &&
    isPart(cacheReadImage, Math.min(inputImage, cacheRead - cacheReadAudio)) &&
    isPart(usage.reasoningTokens ?? 0, output) &&
    isPart(outputAudio, output) &&
    isPart(outputImage, output - outputAudio) &&
    AMOUNTS.every((name) => isAmount(usage[name] ?? 0))
  );
}
