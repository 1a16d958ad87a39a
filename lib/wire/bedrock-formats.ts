import type { Usage } from '../cost/usage.js';
import { ANTHROPIC_MESSAGES } from './anthropic.js';
import { amount, isObject, type JsonObject, object, objects, sum, text } from './json.js';
import { OPENAI_CHAT } from './openai.js';
import {
  type Answer,
  addResponse,
  eventMarks,
  hasOutput,
  hasOutputIn,
  setFinishReasons,
  type WireFormat,
} from './wire-format.js';

/** Members with output in the events of models with formats other than Converse, Anthropic and OpenAI. */
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
  // Anthropic's text completions, the format before messages.
  'completion',
] as const;

/** Reads the output of `Converse`, or one event of `ConverseStream`. */
export function readConverse(output: JsonObject, answer: Answer): void {
  const metadata = isObject(output['metadata']) ? output['metadata'] : output;
  answer.generated ||=
    hasOutput(object(output['contentBlockStart'])['start']) ||
    hasOutput(object(output['contentBlockDelta'])['delta']);
  setFinishReasons(answer, text(object(output['messageStop'])['stopReason']) ?? text(output['stopReason']));
  answer.closed ||= isObject(output['metadata']);
  answer.usage = converseUsage(object(metadata['usage'])) ?? answer.usage;
  addResponse(answer, { serviceTier: text(object(metadata['serviceTier'])['type']) });
}

/** Reads the usage of Converse. `inputTokens` excludes cached tokens for every model. */
export function converseUsage(usage: JsonObject): Usage | undefined {
  const input = amount(usage['inputTokens']);
  const output = amount(usage['outputTokens']);
  if (input === undefined && output === undefined) return undefined;
  const hour = objects(usage['cacheDetails']).filter((detail) => detail['ttl'] === '1h');
  return bedrockUsage(
    input,
    output,
    // Nova's native format uses `TokenCount` instead of `Tokens`.
    amount(usage['cacheReadInputTokens']) ?? amount(usage['cacheReadInputTokenCount']),
    amount(usage['cacheWriteInputTokens']) ?? amount(usage['cacheWriteInputTokenCount']),
    sum(...hour.map((detail) => amount(detail['inputTokens']))),
  );
}

const METRICS = 'amazon-bedrock-invocationMetrics';

/**
 * A body or an event of `InvokeModel`, in the format of the model. The formats of Anthropic, OpenAI, Nova, Llama and
 * Titan contain token counts; for other models the counts are in the headers or the last event.
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

/** Reads the token counts in the headers of an answer. */
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

function readTitan(json: JsonObject, answer: Answer): void {
  const input = amount(json['inputTextTokenCount']);
  if (input === undefined) return;
  const results = objects(json['results']);
  const output = sum(...results.map((result) => amount(result['tokenCount'])));
  answer.usage = { inputTokens: input, outputTokens: output ?? 0 };
  setFinishReasons(answer, ...results.map((result) => text(result['completionReason'])));
}
