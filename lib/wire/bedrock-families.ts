import type { Usage } from '../cost/usage.js';
import { amount, type JsonObject, objects, sum, text } from './json.js';
import { type Answer, setFinishReasons } from './wire-format.js';

/** Members that are read in the answers of models with formats other than Converse, Anthropic and OpenAI. */
export const FAMILY_FIELDS = {
  stopReason: true,
  // Llama.
  prompt_token_count: true,
  generation_token_count: true,
  // Titan.
  inputTextTokenCount: true,
  totalOutputTextTokenCount: true,
  completionReason: true,
  results: { tokenCount: true, completionReason: true },
  // Mistral's text completions; Mistral Large and DeepSeek R1 have them in `choices`.
  outputs: { stop_reason: true },
  choices: { finish_reason: true, stop_reason: true, usage: true },
  // Cohere's Command and Command R; TwelveLabs' Pegasus.
  generations: { finish_reason: true },
  finish_reason: true,
  finishReason: true,
  // Nova Canvas, Titan Image Generator and Stability AI.
  images: true,
} as const;

/** Members with output in the events of these models. */
export const FAMILY_OUTPUT = [
  // Llama.
  'generation',
  // Titan.
  'outputText',
  // Mistral.
  'outputs',
  // Cohere's Command.
  'text',
  'tool_calls',
  'citations',
  // Anthropic's text completions, the format before messages.
  'completion',
  // TwelveLabs' Pegasus, whose output is a text; Anthropic's message is not one.
  'message',
] as const;

/** The usage of an answer without tokens. */
export const NO_TOKENS: Usage = { inputTokens: 0, outputTokens: 0 };

/** Reads what is particular to each family of models. */
export function readFamily(json: JsonObject, answer: Answer): void {
  readLlama(json, answer);
  readTitan(json, answer);
  readImages(json, answer);
  setFinishReasons(
    answer,
    text(json['finish_reason']) ?? text(json['finishReason']) ?? text(json['completionReason']),
    ...objects(json['results']).map((result) => text(result['completionReason'])),
    ...objects(json['outputs']).map((output) => text(output['stop_reason'])),
    ...objects(json['generations']).map((generation) => text(generation['finish_reason'])),
    ...objects(json['choices']).map((choice) => text(choice['finish_reason']) ?? text(choice['stop_reason'])),
  );
}

/** Reads Llama's counts. Every event of a stream has the output count so far, and the first event the input count. */
function readLlama(json: JsonObject, answer: Answer): void {
  const prompt = amount(json['prompt_token_count']);
  const generated = amount(json['generation_token_count']);
  if (prompt === undefined && generated === undefined) return;
  answer.usage = {
    inputTokens: prompt ?? answer.usage?.inputTokens ?? 0,
    outputTokens: generated ?? answer.usage?.outputTokens ?? 0,
  };
}

/** Reads Titan's counts. The first event of a stream has the input count, and the last one the output count. */
function readTitan(json: JsonObject, answer: Answer): void {
  const input = amount(json['inputTextTokenCount']);
  const results = objects(json['results']).map((result) => amount(result['tokenCount']));
  const output = amount(json['totalOutputTextTokenCount']) ?? sum(...results);
  if (input === undefined && output === undefined) return;
  answer.usage = {
    inputTokens: input ?? answer.usage?.inputTokens ?? 0,
    outputTokens: output ?? answer.usage?.outputTokens ?? 0,
  };
}

/** Counts generated images; one that was held back is null. */
function readImages(json: JsonObject, answer: Answer): void {
  const { images } = json;
  if (!Array.isArray(images)) return;
  const outputImages = images.filter((image) => text(image) !== undefined).length;
  answer.usage = { ...(answer.usage ?? NO_TOKENS), outputImages };
}
