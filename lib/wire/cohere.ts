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

/** Members with output in the message of an event, of version 2. */
const MESSAGE_OUTPUT = ['content', 'tool_plan', 'tool_calls', 'citations'] as const;

/** Members with output in an event of version 1. */
const OUTPUT = ['text', 'tool_calls', 'tool_call_delta', 'citations'] as const;

const META_FIELDS = { billed_units: true, tokens: true, cached_tokens: true } as const;

const FIELDS = {
  type: true,
  event_type: true,
  id: true,
  generation_id: true,
  finish_reason: true,
  usage: true,
  meta: META_FIELDS,
  response: { meta: META_FIELDS },
  error: true,
} as const;

const DELTA_FIELDS = { finish_reason: true, usage: true, error: true } as const;

/**
 * Both versions of Cohere's API: chat, whole and streamed, and embeddings. Version 1 streams one document a line or, if
 * asked for, server-sent events; its counts are in `meta`, in a stream in that of the whole answer at its end.
 */
export const COHERE: WireFormat = {
  lines: 'stream',
  fields: { ...FIELDS, delta: DELTA_FIELDS },
  eventFields: {
    ...FIELDS,
    ...keepWhole(OUTPUT),
    delta: { ...DELTA_FIELDS, message: keepWhole(MESSAGE_OUTPUT) },
  },
  marks: eventMarks({ urgentMembers: ['error'], urgentValues: ['message-end', 'stream-end'] }),
  read(json, answer) {
    const delta = object(json['delta']);
    const isEnd = json['type'] === 'message-end' || json['event_type'] === 'stream-end';
    answer.generated ||= hasOutputIn(delta['message'], MESSAGE_OUTPUT) || hasOutputIn(json, OUTPUT);
    answer.closed ||= isEnd;
    setFinishReasons(answer, text(delta['finish_reason']) ?? text(json['finish_reason']));
    answer.error ??= failure(delta['error']) ?? failure(json['error']);
    answer.usage =
      cohereUsage(object(delta['usage'])) ??
      cohereUsage(object(json['usage'])) ??
      cohereUsage(object(json['meta'])) ??
      cohereUsage(object(object(json['response'])['meta'])) ??
      answer.usage;
    addResponse(answer, { id: text(json['id']) ?? text(json['generation_id']) });
  },
};

/**
 * Reads a usage. Cohere bills less than the model reads, because Cohere's preamble is free. If both counts are
 * present, the billed units are used, so that the cost matches the bill.
 */
export function cohereUsage(usage: JsonObject): Usage | undefined {
  const billed = object(usage['billed_units']);
  const tokens = object(usage['tokens']);
  const readTokens = amount(tokens['input_tokens']);
  const inputTokens = amount(billed['input_tokens']) ?? readTokens;
  const outputTokens = amount(billed['output_tokens']) ?? amount(tokens['output_tokens']);
  const inputImageTokens = amount(billed['image_tokens']);
  const searchUnits = amount(billed['search_units']);
  if ((inputTokens ?? outputTokens ?? inputImageTokens ?? searchUnits) === undefined) return undefined;
  return {
    inputTokens: (inputTokens ?? 0) + (inputImageTokens ?? 0),
    outputTokens: outputTokens ?? 0,
    cacheReadTokens: cachedWithin(amount(usage['cached_tokens']), inputTokens ?? 0, readTokens),
    inputImageTokens,
    searchUnits,
  };
}

/**
 * The part of the billed input that was read from the cache. Cached tokens are the beginning of what the model read,
 * and so is the preamble, which is not billed: what is cached beyond it is billed input.
 */
function cachedWithin(
  cached: number | undefined,
  billedTokens: number,
  readTokens = billedTokens,
): number | undefined {
  if (cached === undefined) return undefined;
  const unbilled = Math.max(0, readTokens - billedTokens);
  return Math.min(Math.max(0, cached - unbilled), billedTokens);
}
