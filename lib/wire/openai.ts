import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import type { Usage } from '../cost/usage.js';
import { COMPOUND_FIELDS, readCompound } from './groq-compound.js';
import { amount, failure, isObject, type JsonObject, object, objects, text } from './json.js';
import { xaiToolCalls } from './server-tools.js';
import { GATEWAY_METADATA, gatewayUpstream } from './vercel-gateway.js';
import {
  type Answer,
  addResponse,
  eventMarks,
  hasOutput,
  hasOutputIn,
  keepWhole,
  type WireFormat,
} from './wire-format.js';

type ReadUsage = (usage: JsonObject) => Usage | undefined;

/** Members with output in a delta, in any dialect. */
const DELTA_OUTPUT = [
  'content',
  'reasoning_content',
  'reasoning',
  'reasoning_details',
  'refusal',
  'tool_calls',
  'function_call',
  'audio',
  'images',
  // Citations.
  'annotations',
  // Calls of Groq's built-in tools, and their results.
  'executed_tools',
] as const;

const CHAT_FIELDS = {
  id: true,
  model: true,
  service_tier: true,
  usage: true,
  usage_breakdown: COMPOUND_FIELDS,
  x_groq: { usage: true, usage_breakdown: COMPOUND_FIELDS, error: true },
  error: true,
  // OpenRouter's name of the provider that answered, and Vercel's.
  provider: true,
  provider_metadata: GATEWAY_METADATA,
  providerMetadata: GATEWAY_METADATA,
} as const;

const CHOICE_FIELDS = { finish_reason: true, usage: true } as const;

/** Chat completions, and completions with their `text`. */
export const OPENAI_CHAT: WireFormat = chatFormat(openAiUsage);

/** Chat completions of Gemini's OpenAI-compatible endpoint. */
export const GEMINI_COMPATIBLE_CHAT: WireFormat = chatFormat(geminiCompatibleUsage);

function chatFormat(readUsage: ReadUsage): WireFormat {
  return {
    fields: {
      ...CHAT_FIELDS,
      choices: { ...CHOICE_FIELDS, message: { executed_tools: { type: true, index: true } } },
    },
    eventFields: {
      ...CHAT_FIELDS,
      choices: { ...CHOICE_FIELDS, text: true, delta: keepWhole(DELTA_OUTPUT) },
    },
    marks: eventMarks({
      urgentMembers: ['finish_reason', 'error', 'executed_tools', 'provider_metadata', 'providerMetadata'],
      latestMembers: ['usage'],
    }),
    read(json, answer) {
      addResponse(answer, {
        id: text(json['id']),
        model: text(json['model']),
        serviceTier: text(json['service_tier']),
        upstream:
          gatewayUpstream(json['provider_metadata'] ?? json['providerMetadata']) ?? text(json['provider']),
      });
      readChoices(objects(json['choices']), answer, readUsage);
      // Groq reports usage here unless `stream_options` requests it in the usual member.
      takeUsage(object(json['x_groq'])['usage'], answer, readUsage);
      takeUsage(json['usage'], answer, readUsage);
      readCompound(json, answer, readUsage);
      answer.error ??= failure(json['error']) ?? failure(object(json['x_groq'])['error']);
    },
  };
}

function readChoices(choices: readonly JsonObject[], answer: Answer, readUsage: ReadUsage): void {
  const reasons: string[] = [];
  for (const choice of choices) {
    const reason = text(choice['finish_reason']);
    if (reason !== undefined) reasons.push(reason);
    answer.generated ||= hasOutputIn(choice['delta'], DELTA_OUTPUT) || hasOutput(choice['text']);
    // Moonshot puts the usage next to the finish reason.
    takeUsage(choice['usage'], answer, readUsage);
  }
  if (reasons.length === 0) return;
  answer.finished = true;
  const room = INPUT_LIMITS.finishReasonCount.value - answer.finishReasons.length;
  answer.finishReasons.push(...reasons.slice(0, Math.max(room, 0)));
}

function takeUsage(usage: unknown, answer: Answer, readUsage: ReadUsage): void {
  if (!isObject(usage)) return;
  answer.usage = readUsage(usage) ?? answer.usage;
  addResponse(answer, { costUsd: reportedCostUsd(usage) });
}

/** Members with output in an event: text, audio, an image. */
const MEDIA_OUTPUT = ['delta', 'text', 'audio', 'b64_json'] as const;

const LAST_MEDIA_EVENTS: ReadonlySet<string> = new Set([
  'transcript.text.done',
  'speech.audio.done',
  'image_generation.completed',
  'image_edit.completed',
  // Mistral's.
  'transcription.done',
]);

/** Members of a body that are read, for embeddings and media. */
export const MEDIA_FIELDS = { type: true, id: true, model: true, usage: true, error: true } as const;

/** Members of an event that are read. */
export const MEDIA_EVENT_FIELDS = {
  type: true,
  usage: true,
  error: true,
  delta: true,
  text: true,
  audio: true,
  b64_json: true,
} as const;

/** Embeddings, and the base of images, speech and transcriptions: a usage object at the top level and few other facts. */
export const OPENAI_MEDIA: WireFormat = {
  fields: MEDIA_FIELDS,
  eventFields: MEDIA_EVENT_FIELDS,
  marks: eventMarks({ urgentMembers: ['usage', 'error'], urgentValues: [...LAST_MEDIA_EVENTS, 'error'] }),
  read(json, answer) {
    const type = text(json['type']) ?? '';
    answer.generated ||= hasOutputIn(json, MEDIA_OUTPUT);
    answer.finished ||= LAST_MEDIA_EVENTS.has(type);
    answer.error ??= failure(json['error']) ?? (type === 'error' ? json : undefined);
    addResponse(answer, { id: text(json['id']), model: text(json['model']) });
    if (!isObject(json['usage'])) return;
    answer.usage = openAiUsage(json['usage']) ?? answer.usage;
    addResponse(answer, { costUsd: reportedCostUsd(json['usage']) });
  },
};

/** One US dollar in the unit of xAI's `cost_in_usd_ticks`. */
const TICKS_PER_USD = 1e10;

/**
 * Reads the usage of every API that is compatible with OpenAI: chat completions in all dialects, responses, embeddings,
 * images and audio.
 *
 * @returns `undefined` if it has no counts.
 */
export function openAiUsage(usage: JsonObject): Usage | undefined {
  const prompt = amount(usage['prompt_tokens']) ?? amount(usage['input_tokens']);
  const completion = amount(usage['completion_tokens']) ?? amount(usage['output_tokens']);
  // OpenAI's and Mistral's names.
  const seconds = amount(usage['seconds']) ?? amount(usage['prompt_audio_seconds']);
  if (prompt === undefined && completion === undefined && seconds === undefined) return undefined;
  const input = details(usage, 'prompt_tokens_details', 'input_tokens_details', 'input_token_details');
  const output = details(usage, 'completion_tokens_details', 'output_tokens_details', 'output_token_details');
  const cached = object(input['cached_tokens_details']);
  const reasoning = amount(output['reasoning_tokens']) ?? amount(usage['reasoning_tokens']);
  return {
    // Perplexity bills the sources that it read as additional input.
    inputTokens: (prompt ?? 0) + (amount(usage['citation_tokens']) ?? 0),
    outputTokens: (completion ?? 0) + (excludesReasoning(usage, reasoning ?? 0) ? (reasoning ?? 0) : 0),
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
    // Sources that xAI's older live search read.
    otherToolCalls: amount(usage['num_sources_used']) || undefined,
    ...xaiToolCalls(usage),
  };
}

/** Reads the usage of Gemini's OpenAI-compatible endpoint, whose thinking tokens appear only in the total. */
export function geminiCompatibleUsage(usage: JsonObject): Usage | undefined {
  const known = openAiUsage(usage);
  if (known === undefined || known.reasoningTokens !== undefined) return known;
  const hidden = (amount(usage['total_tokens']) ?? 0) - known.inputTokens - known.outputTokens;
  if (!(hidden > 0)) return known;
  return { ...known, outputTokens: known.outputTokens + hidden, reasoningTokens: hidden };
}

/**
 * The whole cost of the request in US dollars, as reported by OpenRouter, Perplexity, xAI and others; `undefined` where
 * only a part is reported.
 *
 * If the user brings a key of the provider, OpenRouter's `cost` is only its fee, and the provider's charge, in
 * `cost_details.upstream_inference_cost`, is added. Without `is_byok`, a charge beyond the cost shows that it is a fee.
 *
 * @see https://openrouter.ai/docs/use-cases/usage-accounting
 */
export function reportedCostUsd(usage: JsonObject): number | undefined {
  const ticks = amount(usage['cost_in_usd_ticks']);
  if (ticks !== undefined) return ticks / TICKS_PER_USD;
  const cost = usage['cost'];
  if (isObject(cost)) return amount(cost['total_cost']);
  const costUsd = amount(cost);
  const chargeUsd = amount(object(usage['cost_details'])['upstream_inference_cost']);
  const isFee = usage['is_byok'] ?? (chargeUsd ?? 0) > (costUsd ?? 0);
  if (isFee !== true || costUsd === undefined) return costUsd;
  return chargeUsd === undefined ? undefined : costUsd + chargeUsd;
}

function details(usage: JsonObject, ...names: readonly string[]): JsonObject {
  for (const name of names) if (isObject(usage[name])) return usage[name];
  return object(undefined);
}

/** Reads the cached tokens, which DeepSeek, Moonshot and the older xAI API each report in a different member. */
function cacheRead(usage: JsonObject, input: JsonObject): number | undefined {
  return (
    amount(input['cached_tokens']) ??
    amount(usage['prompt_cache_hit_tokens']) ??
    amount(usage['cached_tokens']) ??
    amount(usage['cached_prompt_text_tokens'])
  );
}

/**
 * Whether the completion tokens exclude reasoning, as with xAI and Perplexity; OpenAI includes it. It is excluded if
 * the total is the sum of all three counts, if reasoning exceeds the completion, or if reasoning is at the top level,
 * where Perplexity reports it.
 */
function excludesReasoning(usage: JsonObject, reasoning: number): boolean {
  const prompt = amount(usage['prompt_tokens']) ?? 0;
  const completion = amount(usage['completion_tokens']) ?? amount(usage['output_tokens']) ?? 0;
  if (amount(usage['reasoning_tokens']) !== undefined) return true;
  return reasoning > completion || usage['total_tokens'] === prompt + completion + reasoning;
}
