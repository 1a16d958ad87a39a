import type { Usage } from '../../requests/usage.js';
import { eventMarks } from './event-marks.js';
import { failure, isObject, type JsonObject, object, objects, text } from './json.js';
import { openAiUsage, reportedCostUsd } from './openai-usage.js';
import { type Answer, addResponse, type WireFormat } from './wire-format.js';

/** Parts of a response that are read, whether it is the body or inside an event. */
const RESPONSE_FIELDS = {
  id: true,
  model: true,
  status: true,
  service_tier: true,
  usage: true,
  error: true,
  incomplete_details: true,
  output: { type: true, action: { type: true } },
} as const;

/** Events that end a stream: how the response stands is in its `status`. */
const LAST_EVENTS: ReadonlySet<string> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
]);

/** Such as `response.output_text.delta`, `response.function_call_arguments.delta`, `response.reasoning.delta`. */
const GENERATED_EVENT = /^response\..+\.(?:delta|partial_image)$/;

/** OpenAI's responses API. */
export const OPENAI_RESPONSES: WireFormat = {
  fields: { ...RESPONSE_FIELDS, type: true, code: true, message: true, response: RESPONSE_FIELDS },
  marks: eventMarks({ urgentMembers: ['error'], urgentValues: [...LAST_EVENTS, 'error'] }),
  read(json, answer) {
    const type = json['type'];
    if (type === 'error') answer.error ??= failure(json['error']) ?? json;
    else if (isObject(json['response'])) readResponse(json['response'], answer);
    else if (type === undefined) readResponse(json, answer);
    else if (typeof type === 'string' && GENERATED_EVENT.test(type)) answer.generated = true;
    if (typeof type === 'string' && LAST_EVENTS.has(type)) answer.closed = true;
  },
};

function readResponse(response: JsonObject, answer: Answer): void {
  const status = text(response['status']);
  const reason = text(object(response['incomplete_details'])['reason']) ?? status;
  const isOver = status === 'completed' || status === 'incomplete';
  answer.finished ||= isOver;
  answer.error ??= failure(response['error']) ?? (status === 'failed' ? response : undefined);
  addResponse(answer, {
    id: text(response['id']),
    model: text(response['model']),
    serviceTier: text(response['service_tier']),
    finishReasons: isOver && reason !== undefined ? [reason] : undefined,
  });
  if (!isObject(response['usage'])) return;
  answer.usage = withWebSearches(openAiUsage(response['usage']), objects(response['output'])) ?? answer.usage;
  addResponse(answer, { costUsd: reportedCostUsd(response['usage']) });
}

/** Searches are billed by the call; opening a page that was found is not. */
function withWebSearches(usage: Usage | undefined, output: readonly JsonObject[]): Usage | undefined {
  if (usage === undefined) return undefined;
  const searches = output.filter(
    (item) =>
      item['type'] === 'web_search_call' && (text(object(item['action'])['type']) ?? 'search') === 'search',
  );
  return searches.length > 0 ? { ...usage, webSearches: searches.length } : usage;
}
