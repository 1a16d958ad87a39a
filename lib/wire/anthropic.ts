import type { Usage } from '../cost/usage.js';
import { amount, failure, isObject, type JsonObject, object, objects, sum, text } from './json.js';
import {
  type Answer,
  addResponse,
  eventMarks,
  hasOutput,
  setFinishReasons,
  type WireFormat,
} from './wire-format.js';

/** Blocks that describe the model or the tools instead of containing output. */
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

/** Members of a usage that are read. Others are not kept, because a stream may have any number of them. */
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

/** Content of a block, and of a delta to it. */
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

/** Anthropic's messages, which Vertex AI and Bedrock also use. */
export const ANTHROPIC_MESSAGES: WireFormat = {
  fields: FIELDS,
  eventFields: { ...FIELDS, delta: { ...BLOCK_FIELDS, stop_reason: true }, content_block: BLOCK_FIELDS },
  marks: eventMarks({ urgentValues: ['message_delta', 'message_stop', 'error'] }),
  read(json, answer) {
    const message = isObject(json['message']) ? json['message'] : json;
    const delta = object(json['delta']);
    answer.generated ||= isGenerated(json);
    answer.closed ||= json['type'] === 'message_stop';
    // Only an event of type `error` has this member; a message does not.
    answer.error ??= json['type'] === 'error' ? (failure(json['error']) ?? json) : undefined;
    takeUsage(json['usage'] ?? message['usage'], answer);
    setFinishReasons(answer, text(delta['stop_reason']) ?? text(message['stop_reason']));
    addResponse(answer, { id: text(message['id']), model: text(message['model']) });
  },
};

/** Counting tokens is free of charge, so the count in the answer is not a usage. */
export const ANTHROPIC_COUNT_TOKENS: WireFormat = {
  fields: { error: true },
  marks: eventMarks({ urgentMembers: ['error'] }),
  read(json, answer) {
    answer.error ??= failure(json['error']);
  },
};

/** Whether an event contains output. A block may start with the name or result of a tool, or with hidden thinking. */
function isGenerated(json: JsonObject): boolean {
  if (json['type'] === 'content_block_delta') return hasOutput(json['delta']);
  const block = json['content_block'];
  return isObject(block) && !NO_OUTPUT.has(block['type']) && hasOutput(block);
}

/**
 * `message_start` counts the input. `message_delta` counts the output and, since 2025, the input again, because tools
 * of the server may have added to it. Both are running totals, so the later value of each member replaces the earlier
 * one.
 */
function takeUsage(usage: unknown, answer: Answer): void {
  if (!isObject(usage)) return;
  const counts: Record<string, unknown> = { ...answer.counts };
  for (const name of COUNTS) counts[name] = usage[name] ?? counts[name];
  answer.counts = counts;
  answer.usage = anthropicUsage(counts) ?? answer.usage;
  // Fast mode has separate rates in every tier.
  const speed = counts['speed'] === 'fast' ? 'fast' : undefined;
  addResponse(answer, { serviceTier: speed ?? text(counts['service_tier']) });
}

/**
 * Reads the usage of a message. `input_tokens` excludes tokens that were read from or written to the cache, and all
 * counts exclude the tokens of a context compaction.
 */
export function anthropicUsage(usage: JsonObject): Usage | undefined {
  const output = amount(usage['output_tokens']);
  if (amount(usage['input_tokens']) === undefined && output === undefined) return undefined;
  const counted = [usage, ...objects(usage['iterations']).filter(({ type }) => type === 'compaction')];
  const total = (read: (counts: JsonObject) => unknown): number | undefined =>
    sum(...counted.map((counts) => amount(read(counts))));
  const cacheReadTokens = total((counts) => counts['cache_read_input_tokens']);
  const cacheWriteTokens = total((counts) => counts['cache_creation_input_tokens']);
  return {
    inputTokens:
      sum(
        total((counts) => counts['input_tokens']),
        cacheReadTokens,
        cacheWriteTokens,
      ) ?? 0,
    outputTokens: total((counts) => counts['output_tokens']) ?? 0,
    cacheReadTokens,
    cacheWriteTokens,
    cacheWrite1hTokens: total((counts) => object(counts['cache_creation'])['ephemeral_1h_input_tokens']),
    reasoningTokens: amount(object(usage['output_tokens_details'])['thinking_tokens']),
    webSearches: amount(object(usage['server_tool_use'])['web_search_requests']),
  };
}
