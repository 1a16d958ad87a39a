import type { Usage } from '../cost/usage.js';
import { amount, isObject, type JsonObject, object, objects, sum, text } from './json.js';
import { type Answer, addResponse, eventMarks, hasOutputIn, type WireFormat } from './wire-format.js';

const LAST_EVENT = 'conversation.response.done';
const ERROR_EVENT = 'conversation.response.error';

/** Events such as `tool.execution.started`: the model has called a tool of Mistral. */
const CALL_EVENT = /^tool\.execution\./;

const OUTPUT = ['content', 'arguments'] as const;

const FIELDS = {
  type: true,
  conversation_id: true,
  model: true,
  usage: true,
  message: true,
  code: true,
} as const;

/**
 * Conversations of Mistral with a model or with an agent, whole and streamed.
 *
 * @see https://docs.mistral.ai/agents/agents
 */
export const MISTRAL_CONVERSATIONS: WireFormat = {
  fields: { ...FIELDS, outputs: { type: true, model: true } },
  eventFields: { ...FIELDS, content: true, arguments: true },
  marks: eventMarks({ urgentValues: [LAST_EVENT, ERROR_EVENT] }),
  read(json, answer) {
    const type = text(json['type']) ?? '';
    answer.generated ||= CALL_EVENT.test(type) || hasOutputIn(json, OUTPUT);
    if (type === ERROR_EVENT) answer.error ??= json;
    const models = objects(json['outputs']).map((output) => text(output['model']));
    addResponse(answer, {
      id: text(json['conversation_id']),
      model: text(json['model']) ?? models.findLast((model) => model !== undefined),
    });
    if (isObject(json['usage'])) answer.usage = conversationUsage(json['usage']);
    answer.closed ||= type === LAST_EVENT;
  },
};

/**
 * Reads the usage of a conversation. What connectors have found is further input; each call of one is billed as well.
 */
function conversationUsage(usage: JsonObject): Usage | undefined {
  const inputTokens = sum(amount(usage['prompt_tokens']), amount(usage['connector_tokens']));
  const outputTokens = amount(usage['completion_tokens']);
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  const connectors = object(usage['connectors']);
  const calls = (...names: readonly string[]): number | undefined =>
    sum(...names.map((name) => amount(connectors[name])));
  return {
    inputTokens: inputTokens ?? 0,
    outputTokens: outputTokens ?? 0,
    webSearches: calls('web_search', 'web_search_premium'),
    codeExecutions: calls('code_interpreter'),
    outputImages: calls('image_generation'),
    fileSearches: calls('document_library'),
  };
}

/** Members of a request for which the pages are annotated, which is billed higher. */
const ANNOTATIONS = ['bbox_annotation_format', 'document_annotation_format'] as const;

/** Mistral's reading of documents, billed by the page. */
export const MISTRAL_OCR: WireFormat = {
  requestFields: Object.fromEntries(ANNOTATIONS.map((name) => [name, {}])),
  fields: { model: true, usage_info: true },
  marks: eventMarks({}),
  read(json, answer) {
    addResponse(answer, { model: text(json['model']) });
    const pages = amount(object(json['usage_info'])['pages_processed']);
    if (pages !== undefined) answer.usage = { inputTokens: 0, outputTokens: 0, inputPages: pages };
  },
  finish: finishPages,
};

/** The body of a request may be read later than its answer begins. */
function finishPages(answer: Answer): void {
  const { usage } = answer;
  const request = answer.request();
  if (usage?.inputPages === undefined || !ANNOTATIONS.some((name) => isObject(request[name]))) return;
  answer.usage = { inputTokens: 0, outputTokens: 0, annotatedPages: usage.inputPages };
}
