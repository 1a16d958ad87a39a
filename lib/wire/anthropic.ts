import type { Usage } from '../cost/usage.js';
import { eventMarks } from './event-marks.js';
import { amount, failure, isObject, type JsonObject, object, objects, sum, text } from './json.js';
import { hasOutput } from './output.js';
import { type Answer, addResponse, type WireFormat } from './wire-format.js';

/** Blocks that say what the answer is made by or with. */
const NO_OUTPUT: ReadonlySet<unknown> = new Set(['fallback', 'mcp_tool_listing']);

const FIELDS = {
  type: true,
  id: true,
  model: true,
  stop_reason: true,
  usage: true,
  message: { id: true, model: true, usage: true },
  error: true,
} as const;

/** What is read of a usage. Of other members nothing is kept: a stream may name as many as it likes. */
const COUNTS = [
  'input_tokens',
  'output_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'cache_creation',
  'output_tokens_details',
  'server_tool_use',
  'iterations',
  'service_tier',
  'speed',
] as const;

/** What a block carries, and what is added to it. */
const BLOCK_FIELDS = {
  type: true,
  text: true,
  thinking: true,
  data: true,
  name: true,
  partial_json: true,
  content: true,
  citation: true,
  tool_use_id: true,
} as const;

/** Anthropic's messages, which Vertex AI and Bedrock speak too. */
export const ANTHROPIC_MESSAGES: WireFormat = {
  fields: FIELDS,
  eventFields: { ...FIELDS, delta: { ...BLOCK_FIELDS, stop_reason: true }, content_block: BLOCK_FIELDS },
  marks: eventMarks({ urgentValues: ['message_delta', 'message_stop', 'error'] }),
  read(json, answer) {
    const message = isObject(json['message']) ? json['message'] : json;
    const delta = object(json['delta']);
    answer.generated ||= isGenerated(json);
    answer.closed ||= json['type'] === 'message_stop';
    // An error is an event of its own; while a message is read `error` does not occur.
    answer.error ??= json['type'] === 'error' ? (failure(json['error']) ?? json) : undefined;
    takeUsage(json['usage'] ?? message['usage'], answer);
    const stopReason = text(delta['stop_reason']) ?? text(message['stop_reason']);
    answer.finished ||= stopReason !== undefined;
    addResponse(answer, {
      id: text(message['id']),
      model: text(message['model']),
      finishReasons: stopReason === undefined ? undefined : [stopReason],
    });
  },
};

/** Counting tokens is free of charge: its answer is a count, but no usage. */
export const ANTHROPIC_COUNT_TOKENS: WireFormat = {
  fields: { error: true },
  marks: eventMarks({ urgentMembers: ['error'] }),
  read(json, answer) {
    answer.error ??= failure(json['error']);
  },
};

/** A block begins with what is known of it: a tool's name or its result, hidden thinking, or nothing yet. */
function isGenerated(json: JsonObject): boolean {
  if (json['type'] === 'content_block_delta') return hasOutput(json['delta']);
  const block = json['content_block'];
  return isObject(block) && !NO_OUTPUT.has(block['type']) && hasOutput(block);
}

/**
 * `message_start` counts the input, `message_delta` the output and, since 2025, the input again where tools of the
 * server added to it. Both are running totals, so that the later of each member counts.
 */
function takeUsage(usage: unknown, answer: Answer): void {
  if (!isObject(usage)) return;
  const counts: Record<string, unknown> = { ...answer.counts };
  for (const name of COUNTS) counts[name] = usage[name] ?? counts[name];
  answer.counts = counts;
  answer.usage = anthropicUsage(counts) ?? answer.usage;
  // Fast mode is billed at rates of its own, whatever the tier.
  const speed = counts['speed'] === 'fast' ? 'fast' : undefined;
  addResponse(answer, { serviceTier: speed ?? text(counts['service_tier']) });
}

/**
 * The usage object of a message. Anthropic counts what was read from and written to the cache beside
 * `input_tokens`, and a compaction of the context beside everything.
 */
export function anthropicUsage(usage: JsonObject): Usage | undefined {
  const output = amount(usage['output_tokens']);
  if (amount(usage['input_tokens']) === undefined && output === undefined) return undefined;
  const parts = [usage, ...objects(usage['iterations']).filter((part) => part['type'] === 'compaction')];
  const total = (read: (part: JsonObject) => unknown): number | undefined =>
    sum(...parts.map((part) => amount(read(part))));
  const cacheReadTokens = total((part) => part['cache_read_input_tokens']);
  const cacheWriteTokens = total((part) => part['cache_creation_input_tokens']);
  return {
    inputTokens:
      sum(
        total((part) => part['input_tokens']),
        cacheReadTokens,
        cacheWriteTokens,
      ) ?? 0,
    outputTokens: total((part) => part['output_tokens']) ?? 0,
    cacheReadTokens,
    cacheWriteTokens,
    cacheWrite1hTokens: total((part) => object(part['cache_creation'])['ephemeral_1h_input_tokens']),
    reasoningTokens: amount(object(usage['output_tokens_details'])['thinking_tokens']),
    webSearches: amount(object(usage['server_tool_use'])['web_search_requests']),
  };
}
