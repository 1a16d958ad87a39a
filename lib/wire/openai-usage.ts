import type { Usage } from '../cost/usage.js';
import { amount, isObject, type JsonObject, object } from './json.js';

/** One US dollar in the unit of xAI's `cost_in_usd_ticks`. */
const TICKS_PER_USD = 1e10;

/**
 * The usage object of every API that follows OpenAI: chat completions and their many dialects, responses,
 * embeddings, images, audio.
 *
 * @returns `undefined` when it counts nothing.
 */
export function openAiUsage(usage: JsonObject): Usage | undefined {
  const prompt = amount(usage['prompt_tokens']) ?? amount(usage['input_tokens']);
  const completion = amount(usage['completion_tokens']) ?? amount(usage['output_tokens']);
  const seconds = amount(usage['seconds']);
  if (prompt === undefined && completion === undefined && seconds === undefined) return undefined;
  const input = details(usage, 'prompt_tokens_details', 'input_tokens_details', 'input_token_details');
  const output = details(usage, 'completion_tokens_details', 'output_tokens_details', 'output_token_details');
  const cached = object(input['cached_tokens_details']);
  const reasoning = amount(output['reasoning_tokens']) ?? amount(usage['reasoning_tokens']);
  return {
    // Perplexity bills the sources that it read as input, beside the prompt.
    inputTokens: (prompt ?? 0) + (amount(usage['citation_tokens']) ?? 0),
    outputTokens: (completion ?? 0) + (isReasoningBeside(usage, reasoning ?? 0) ? (reasoning ?? 0) : 0),
    cacheReadTokens: cacheRead(usage, input),
    cacheWriteTokens: amount(input['cache_write_tokens']) ?? amount(input['cache_creation_input_tokens']),
    reasoningTokens: reasoning,
    inputAudioTokens: amount(input['audio_tokens']),
    cacheReadAudioTokens: amount(cached['audio_tokens']),
    outputAudioTokens: amount(output['audio_tokens']),
    inputImageTokens: amount(input['image_tokens']),
    cacheReadImageTokens: amount(cached['image_tokens']),
    outputImageTokens: amount(output['image_tokens']),
    inputAudioSeconds: seconds,
    webSearches: amount(usage['num_search_queries']),
  };
}

/**
 * The usage of Gemini's own OpenAI-compatible endpoint, which counts the thoughts in the total alone.
 */
export function geminiCompatibleUsage(usage: JsonObject): Usage | undefined {
  const known = openAiUsage(usage);
  if (known === undefined || known.reasoningTokens !== undefined) return known;
  const hidden = (amount(usage['total_tokens']) ?? 0) - known.inputTokens - known.outputTokens;
  if (!(hidden > 0)) return known;
  return { ...known, outputTokens: known.outputTokens + hidden, reasoningTokens: hidden };
}

/**
 * What the usage says that the request cost, in US dollars: OpenRouter, Perplexity, xAI.
 */
export function reportedCostUsd(usage: JsonObject): number | undefined {
  const ticks = amount(usage['cost_in_usd_ticks']);
  if (ticks !== undefined) return ticks / TICKS_PER_USD;
  const cost = usage['cost'];
  if (isObject(cost)) return amount(cost['total_cost']);
  const costUsd = amount(cost);
  if (costUsd === undefined || usage['is_byok'] !== true) return costUsd;
  // With a key of the user's own OpenRouter reports its fee, and beside it what the provider will charge.
  return costUsd + (amount(object(usage['cost_details'])['upstream_inference_cost']) ?? 0);
}

function details(usage: JsonObject, ...names: readonly string[]): JsonObject {
  return object(names.map((name) => usage[name]).find(isObject));
}

/** DeepSeek, Moonshot and the older xAI API each put the hits of their cache elsewhere. */
function cacheRead(usage: JsonObject, input: JsonObject): number | undefined {
  return (
    amount(input['cached_tokens']) ??
    amount(usage['prompt_cache_hit_tokens']) ??
    amount(usage['cached_tokens']) ??
    amount(usage['cached_prompt_text_tokens'])
  );
}

/**
 * OpenAI counts reasoning within the completion, xAI and Perplexity beside it. The total tells, or that a part
 * exceeds its whole; where neither does, Perplexity's place for it at the top does.
 */
function isReasoningBeside(usage: JsonObject, reasoning: number): boolean {
  const prompt = amount(usage['prompt_tokens']) ?? 0;
  const completion = amount(usage['completion_tokens']) ?? amount(usage['output_tokens']) ?? 0;
  if (amount(usage['reasoning_tokens']) !== undefined) return true;
  return reasoning > completion || usage['total_tokens'] === prompt + completion + reasoning;
}
