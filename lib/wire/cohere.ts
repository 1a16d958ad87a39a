import type { Usage } from '../cost/usage.js';
import { amount, failure, type JsonObject, object, text } from './json.js';
import {
  addResponse,
  eventMarks,
  hasOutputIn,
  keepWhole,
  setFinishReasons,
  type WireFormat,
} from './wire-format.js';

/** Members with output in the message of an event. */
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

/** Version 2 of Cohere's API: chat, whole and streamed, and embeddings, whose counts are in `meta`. */
export const COHERE: WireFormat = {
  fields: { ...FIELDS, delta: DELTA_FIELDS },
  eventFields: { ...FIELDS, delta: { ...DELTA_FIELDS, message: keepWhole(OUTPUT) } },
  marks: eventMarks({ urgentMembers: ['error'], urgentValues: ['message-end'] }),
  read(json, answer) {
    const delta = object(json['delta']);
    answer.generated ||= hasOutputIn(delta['message'], OUTPUT);
    answer.closed ||= json['type'] === 'message-end';
    setFinishReasons(answer, text(delta['finish_reason']) ?? text(json['finish_reason']));
    answer.error ??= failure(delta['error']) ?? failure(json['error']);
    answer.usage =
      cohereUsage(object(delta['usage'])) ??
      cohereUsage(object(json['usage'])) ??
      cohereUsage(object(json['meta'])) ??
      answer.usage;
    addResponse(answer, { id: text(json['id']) });
  },
};

/**
 * Reads a usage. Cohere bills less than the model reads, because Cohere's preamble is free. If both counts are
 * present, the billed units are used, so that the cost matches the bill.
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

/** Limits the cached tokens, which may include tokens that were read but not billed, to the billed input. */
function cachedWithin(cached: number | undefined, inputTokens: number): number | undefined {
  return cached === undefined ? undefined : Math.min(cached, inputTokens);
}
