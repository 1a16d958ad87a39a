import { messageUsage } from './anthropic-usage.js';
import { failure, isObject, type JsonObject, object, objects, text } from './json.js';
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
  container: { id: true },
  message: { id: true, model: true, usage: true, container: { id: true } },
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
  'inference_geo',
] as const;

/** Members of the kept counts that are none: the model that took over, and whether code was executed. */
const FALLBACK = 'fallback';
const CONTAINER = 'container';

/** Values of `inference_geo` that do not change the rates. */
const USUAL_REGIONS: ReadonlySet<string> = new Set(['global', 'not_available']);

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
  to: { model: true },
} as const;

/** Anthropic's messages, which Vertex AI and Bedrock also use. */
export const ANTHROPIC_MESSAGES: WireFormat = {
  requestFields: { model: true, tools: { type: true } },
  fields: FIELDS,
  eventFields: {
    ...FIELDS,
    delta: { ...BLOCK_FIELDS, stop_reason: true, container: { id: true } },
    content_block: BLOCK_FIELDS,
  },
  marks: eventMarks({ urgentValues: ['message_delta', 'message_stop', 'fallback', 'error'] }),
  read(json, answer) {
    const message = isObject(json['message']) ? json['message'] : json;
    const delta = object(json['delta']);
    answer.generated ||= isGenerated(json);
    answer.closed ||= json['type'] === 'message_stop';
    // Only an event of type `error` has this member; a message does not.
    answer.error ??= json['type'] === 'error' ? (failure(json['error']) ?? json) : undefined;
    const container = message['container'] ?? delta['container'];
    takeCounts(answer, {
      ...counted(json['usage'] ?? message['usage']),
      [FALLBACK]: fallbackIn(json['content_block']),
      [CONTAINER]: isObject(container) ? true : undefined,
    });
    setFinishReasons(answer, text(delta['stop_reason']) ?? text(message['stop_reason']));
    const { [FALLBACK]: fallback } = object(answer.counts);
    addResponse(answer, { id: text(message['id']), model: text(fallback) ?? text(message['model']) });
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

/** The model that a block names as the one that takes over from another that declined. */
function fallbackIn(block: unknown): string | undefined {
  const { type, to } = object(block);
  return type === 'fallback' ? text(object(to)['model']) : undefined;
}

/** The counts in a usage. */
function counted(usage: unknown): JsonObject {
  const counts = object(usage);
  return Object.fromEntries(COUNTS.map((name) => [name, counts[name] ?? undefined]));
}

/**
 * `message_start` counts the input. `message_delta` counts the output and, since 2025, the input again, because tools
 * of the server may have added to it. Both are running totals, so the later value of each member replaces the earlier
 * one.
 */
function takeCounts(answer: Answer, added: JsonObject): void {
  const news = Object.entries(added).filter(([, value]) => value !== undefined);
  if (news.length === 0) return;
  const counts: JsonObject = { ...answer.counts, ...Object.fromEntries(news) };
  const { model, tools } = answer.request();
  const read = messageUsage(counts, {
    requested: text(model),
    fallback: text(counts[FALLBACK]),
    isCodeBilled: counts[CONTAINER] === true && !hasFreeCode(tools),
  });
  answer.counts = { ...counts, [FALLBACK]: read?.fallback ?? counts[FALLBACK] };
  answer.usage = read?.usage ?? answer.usage;
  answer.parts = read?.parts;
  addResponse(answer, { serviceTier: tierOf(counts) });
}

/** Executing code is free beside these tools of the server, from their versions of 2026-02-09 on. */
function hasFreeCode(tools: unknown): boolean {
  return objects(tools).some(({ type }) => {
    const [, version] = /^web_(?:search|fetch)_(\d{8})$/.exec(text(type) ?? '') ?? [];
    return version !== undefined && version >= '20260209';
  });
}

/** Everything that changes the rates: fast mode, which has separate rates in every tier, the tier, and the region. */
function tierOf({ speed, service_tier: serviceTier, inference_geo: region }: JsonObject): string | undefined {
  const tier = speed === 'fast' ? speed : text(serviceTier);
  const geo = text(region);
  if (geo === undefined || USUAL_REGIONS.has(geo)) return tier;
  return tier === undefined || tier === 'standard' ? geo : `${tier}+${geo}`;
}
