import type { Usage } from '../cost/usage.js';
import { ANTHROPIC_MESSAGES } from './anthropic.js';
import { eventMarks } from './event-marks.js';
import { amount, isObject, type JsonObject, object, objects, sum, text } from './json.js';
import { OPENAI_CHAT } from './openai-chat.js';
import { hasOutput, hasOutputIn } from './output.js';
import { type Answer, addResponse, type WireFormat } from './wire-format.js';

/** Where the events of models with a format of their own carry output. */
const MODEL_OUTPUT = [
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
  // Anthropic before its messages.
  'completion',
] as const;

/** Reads the output of `Converse`, or one event of `ConverseStream`. */
export function readConverse(output: JsonObject, answer: Answer): void {
  const metadata = isObject(output['metadata']) ? output['metadata'] : output;
  const stopReason = text(object(output['messageStop'])['stopReason']) ?? text(output['stopReason']);
  answer.generated ||=
    hasOutput(object(output['contentBlockStart'])['start']) ||
    hasOutput(object(output['contentBlockDelta'])['delta']);
  answer.finished ||= stopReason !== undefined;
  answer.closed ||= isObject(output['metadata']);
  answer.usage = converseUsage(object(metadata['usage'])) ?? answer.usage;
  addResponse(answer, {
    finishReasons: stopReason === undefined ? undefined : [stopReason],
    serviceTier: text(object(metadata['serviceTier'])['type']),
  });
}

/** Bedrock counts the cache beside the input, whatever the model behind it does. */
export function converseUsage(usage: JsonObject): Usage | undefined {
  const input = amount(usage['inputTokens']);
  const output = amount(usage['outputTokens']);
  if (input === undefined && output === undefined) return undefined;
  const hour = objects(usage['cacheDetails']).filter((detail) => detail['ttl'] === '1h');
  return bedrockUsage(
    input,
    output,
    // Nova's own format says `TokenCount` where Converse says `Tokens`.
    amount(usage['cacheReadInputTokens']) ?? amount(usage['cacheReadInputTokenCount']),
    amount(usage['cacheWriteInputTokens']) ?? amount(usage['cacheWriteInputTokenCount']),
    sum(...hour.map((detail) => amount(detail['inputTokens']))),
  );
}

const METRICS = 'amazon-bedrock-invocationMetrics';

/**
 * The body of `InvokeModel`, or one event of it: whatever the model's maker writes. Anthropic, those who follow
 * OpenAI, Nova, Llama and Titan count tokens in it, for the others the headers and the last event do.
 */
export const BEDROCK_INVOKE: WireFormat = {
  fields: {
    ...(ANTHROPIC_MESSAGES.fields as object),
    ...(OPENAI_CHAT.fields as object),
    stopReason: true,
    metadata: { usage: true },
    prompt_token_count: true,
    generation_token_count: true,
    inputTextTokenCount: true,
    results: { tokenCount: true, completionReason: true },
    [METRICS]: true,
  },
  marks: eventMarks({}),
  read(json, answer) {
    ANTHROPIC_MESSAGES.read(json, answer);
    if (Array.isArray(json['choices'])) OPENAI_CHAT.read(json, answer);
    readConverse(json, answer);
    readLlama(json, answer);
    readTitan(json, answer);
    answer.generated ||= hasOutputIn(json, MODEL_OUTPUT);
    const metrics = json[METRICS];
    if (!isObject(metrics)) return;
    answer.closed = true;
    answer.usage ??= countsUsage(metrics);
  },
};

/** The counts that Bedrock sends beside the body of a model. */
export function headerUsage(headers: Readonly<Record<string, string | undefined>>): Usage | undefined {
  const count = (name: string): number | undefined => {
    const value = headers[`x-amzn-bedrock-${name}-token-count`];
    return value === undefined ? undefined : amount(Number(value));
  };
  const [input, output] = [count('input'), count('output')];
  if (input === undefined && output === undefined) return undefined;
  return bedrockUsage(input, output, count('cache-read-input'), count('cache-write-input'));
}

function countsUsage(metrics: JsonObject): Usage | undefined {
  const [input, output] = [amount(metrics['inputTokenCount']), amount(metrics['outputTokenCount'])];
  if (input === undefined && output === undefined) return undefined;
  const read = amount(metrics['cacheReadInputTokenCount']);
  return bedrockUsage(input, output, read, amount(metrics['cacheWriteInputTokenCount']));
}

function bedrockUsage(
  input: number | undefined,
  output: number | undefined,
  cacheReadTokens?: number,
  cacheWriteTokens?: number,
  cacheWrite1hTokens?: number,
): Usage {
  return {
    inputTokens: sum(input, cacheReadTokens, cacheWriteTokens) ?? 0,
    outputTokens: output ?? 0,
    cacheReadTokens,
    cacheWriteTokens,
    cacheWrite1hTokens,
  };
}

/** Every event of Llama's stream counts what it generated, and the first what it was asked. */
function readLlama(json: JsonObject, answer: Answer): void {
  const prompt = amount(json['prompt_token_count']);
  const generated = amount(json['generation_token_count']);
  if (prompt === undefined && generated === undefined) return;
  answer.usage = {
    inputTokens: prompt ?? answer.usage?.inputTokens ?? 0,
    outputTokens: generated ?? answer.usage?.outputTokens ?? 0,
  };
}

function readTitan(json: JsonObject, answer: Answer): void {
  const input = amount(json['inputTextTokenCount']);
  if (input === undefined) return;
  const results = objects(json['results']);
  const output = sum(...results.map((result) => amount(result['tokenCount'])));
  answer.usage = { inputTokens: input, outputTokens: output ?? 0 };
  const reasons = results
    .map((result) => text(result['completionReason']))
    .filter((reason) => reason !== undefined);
  if (reasons.length > 0) addResponse(answer, { finishReasons: reasons });
}
