import { sumUsages } from '../cost/usage.js';
import { failure, isObject, type JsonObject, object, objects, text } from './json.js';
import { openAiUsage, reportedCostUsd } from './openai.js';
import { imageParts, TOOL_FIELDS, toolCallsOf, xaiToolCalls } from './server-tools.js';
import {
  type Answer,
  addResponse,
  eventMarks,
  hasOutput,
  hasOutputIn,
  keepWhole,
  setFinishReasons,
  type WireFormat,
} from './wire-format.js';

/** Members of a response that are read, in a body and in an event. */
const RESPONSE_FIELDS = {
  id: true,
  model: true,
  status: true,
  service_tier: true,
  background: true,
  usage: true,
  error: true,
  incomplete_details: true,
  ...TOOL_FIELDS,
} as const;

/** Events that end a stream; the outcome is the `status` of the response. */
const LAST_EVENTS: ReadonlySet<string> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
]);

/** Members with output in an event. Its `item` may still be empty. */
const OUTPUT = [
  'delta',
  'text',
  'transcript',
  'refusal',
  'arguments',
  'input',
  'code',
  'annotation',
  'partial_image_b64',
  'part',
] as const;

/** Events such as `response.web_search_call.in_progress`: the model has called a tool of the provider. */
const CALL_EVENT = /^response\.\w+_call\.\w+$/;

/** Items that are output even without content: calls of any tool, and requests to approve one. */
const CALL_ITEM = /_(?:call|request)$/;

/** Items that list the available tools. */
const NO_OUTPUT: ReadonlySet<unknown> = new Set(['mcp_list_tools', 'additional_tools']);

const FIELDS = {
  ...RESPONSE_FIELDS,
  type: true,
  code: true,
  message: true,
  response: RESPONSE_FIELDS,
} as const;

const ITEM_FIELDS = {
  type: true,
  content: true,
  summary: true,
  encrypted_content: true,
  output: true,
  code: true,
} as const;

/** OpenAI's responses API. */
export const OPENAI_RESPONSES: WireFormat = {
  fields: FIELDS,
  eventFields: {
    ...FIELDS,
    ...keepWhole(OUTPUT),
    item: ITEM_FIELDS,
  },
  marks: eventMarks({ urgentMembers: ['error'], urgentValues: [...LAST_EVENTS, 'error'] }),
  read(json, answer) {
    const type = json['type'];
    if (type === 'error') answer.error ??= failure(json['error']) ?? json;
    else if (isObject(json['response'])) readResponse(json['response'], answer);
    else if (type === undefined) readResponse(json, answer);
    if (typeof type !== 'string') return;
    if (type !== 'error') answer.generated ||= isGenerated(type, json);
    answer.closed ||= LAST_EVENTS.has(type);
  },
};

function isGenerated(type: string, event: JsonObject): boolean {
  if (LAST_EVENTS.has(type)) {
    // In a large event, only the type of a message is kept.
    const items = objects(object(event['response'])['output']);
    return items.some((item) => item['type'] === 'message' || isOutputItem(item));
  }
  return CALL_EVENT.test(type) || hasOutputIn(event, OUTPUT) || isOutputItem(event['item']);
}

function isOutputItem(item: unknown): boolean {
  if (!isObject(item) || NO_OUTPUT.has(item['type'])) return false;
  return CALL_ITEM.test(text(item['type']) ?? '') || hasOutput(item);
}

function readResponse(response: JsonObject, answer: Answer): void {
  const status = text(response['status']);
  const reason = text(object(response['incomplete_details'])['reason']) ?? status;
  const isOver = status === 'completed' || status === 'incomplete';
  if (isOver) setFinishReasons(answer, reason);
  answer.error ??= failure(response['error']) ?? (status === 'failed' ? response : undefined);
  addResponse(answer, {
    id: text(response['id']),
    model: text(response['model']),
    serviceTier: text(response['service_tier']),
  });
  const { id } = answer.response;
  // Other responses can be read again as well, but have reported their usage to the call that made them.
  if (response['background'] === true && id !== undefined)
    answer.job = { id, isOver: isOver || status === 'failed' };
  if (!isObject(response['usage'])) return;
  takeUsage(response, response['usage'], answer);
  addResponse(answer, { costUsd: reportedCostUsd(response['usage']) });
}

/** Takes the tokens of the model, the calls of tools, and the tokens of the model that generated images. */
function takeUsage(response: JsonObject, counts: JsonObject, answer: Answer): void {
  const tokens = openAiUsage(counts);
  if (tokens === undefined) return;
  // xAI's own counters leave out the calls that failed, which are free.
  const usage = xaiToolCalls(counts) === undefined ? { ...tokens, ...toolCallsOf(response) } : tokens;
  const images = imageParts(response, openAiUsage);
  answer.usage = sumUsages([usage, ...images.map((part) => part.usage)]);
  answer.parts = images.length > 0 ? [{ usage }, ...images] : undefined;
}
