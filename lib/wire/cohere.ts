import type { Usage } from '../cost/usage.js';
import { eventMarks } from './event-marks.js';
import { amount, failure, type JsonObject, object, text } from './json.js';
import { hasOutputIn, keepWhole } from './output.js';
import { addResponse, type WireFormat } from './wire-format.js';

/** Where the message of an event carries output. */
const OUTPUT = ['content', 'tool_plan', 'tool_calls', 'citations'] as const;

const FIELDS = {
  type: true,
  id: true,
  finish_reason: true,
  usage: true,
  meta: { billed_units: true, tokens: true },
  error: true,
} as const;

const DELTA_FIELDS = { finish_reason: true, usage: true, error: true } as const;

/** Cohere's second API: chat, whole and streamed, and embeddings, which count in `meta`. */
export const COHERE: WireFormat = {
  fields: { ...FIELDS, delta: DELTA_FIELDS },
  eventFields: { ...FIELDS, delta: { ...DELTA_FIELDS, message: keepWhole(OUTPUT) } },
  marks: eventMarks({ urgentMembers: ['error'], urgentValues: ['message-end'] }),
  read(json, answer) {
    const delta = object(json['delta']);
    const finishReason = text(delta['finish_reason']) ?? text(json['finish_reason']);
    answer.generated ||= hasOutputIn(delta['message'], OUTPUT);
    answer.closed ||= json['type'] === 'message-end';
    answer.finished ||= finishReason !== undefined;
    answer.error ??= failure(delta['error']) ?? failure(json['error']);
    answer.usage =
      cohereUsage(object(delta['usage'])) ??
      cohereUsage(object(json['usage'])) ??
      cohereUsage(object(json['meta'])) ??
      answer.usage;
    addResponse(answer, {
      id: text(json['id']),
      finishReasons: finishReason === undefined ? undefined : [finishReason],
    });
  },
};

/**
 * What Cohere bills is less than what the model read: its own preamble is free. Where both are given the billed
 * units count, because they are what the bill will say.
 */
export function cohereUsage(usage: JsonObject): Usage | undefined {
  const billed = object(usage['billed_units']);
  const tokens = object(usage['tokens']);
  const inputTokens = amount(billed['input_tokens']) ?? amount(tokens['input_tokens']);
  const outputTokens = amount(billed['output_tokens']) ?? amount(tokens['output_tokens']);
  const inputImageTokens = amount(billed['image_tokens']);
  if (inputTokens === undefined && outputTokens === undefined && inputImageTokens === undefined) {
    return undefined;
  }
  return {
    inputTokens: (inputTokens ?? 0) + (inputImageTokens ?? 0),
    outputTokens: outputTokens ?? 0,
    cacheReadTokens: cachedWithin(amount(usage['cached_tokens']), inputTokens ?? 0),
    inputImageTokens,
  };
}

/** Cached tokens are counted of what was read; a part larger than the billed whole would be no part. */
function cachedWithin(cached: number | undefined, inputTokens: number): number | undefined {
  return cached === undefined ? undefined : Math.min(cached, inputTokens);
}
