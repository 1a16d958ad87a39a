import { ANTHROPIC_MESSAGES } from './anthropic.js';
import { isObject, type JsonObject, object } from './json.js';
import { OPENAI_CHAT } from './openai.js';
import { OPENAI_RESPONSES } from './openai-responses.js';
import { type Answer, createAnswer, eventMarks, type WireFormat } from './wire-format.js';

/**
 * The results of a batch of OpenAI and compatible providers, in the content of a file: a line is
 * `{ custom_id, response: { body } }`. Other files have no such lines, and are read no further than their first one.
 *
 * @see https://developers.openai.com/api/docs/guides/batch
 */
export const OPENAI_BATCH: WireFormat = {
  lines: 'body',
  // Of embeddings and images, the usage has the same members.
  fields: { custom_id: true, response: { body: merged(OPENAI_CHAT.fields, OPENAI_RESPONSES.fields) } },
  marks: eventMarks({}),
  read(json, answer) {
    const { custom_id: id, response } = json;
    answer.closed = id === undefined && response === undefined;
    const { body } = object(response);
    if (!isObject(body)) return;
    addResult(
      answer,
      { ...body, service_tier: 'batch' },
      'output' in body || body['object'] === 'response' ? OPENAI_RESPONSES : OPENAI_CHAT,
    );
  },
};

/**
 * The results of a batch of Anthropic's messages: a line is `{ custom_id, result: { type: 'succeeded', message } }`.
 *
 * @see https://platform.claude.com/docs/en/api/messages/batches/results
 */
export const ANTHROPIC_BATCH: WireFormat = {
  lines: 'body',
  fields: { result: { message: ANTHROPIC_MESSAGES.fields } },
  marks: eventMarks({}),
  read(json, answer) {
    const { message } = object(json['result']);
    if (!isObject(message)) return;
    // The format adds the region, which has rates of its own in a batch, too.
    const usage = { ...object(message['usage']), service_tier: 'batch' };
    addResult(answer, { ...message, usage }, ANTHROPIC_MESSAGES);
  },
};

function addResult(answer: Answer, body: JsonObject, format: WireFormat): void {
  const result = createAnswer();
  format.read(body, result);
  if (result.usage === undefined) return;
  answer.onResult?.({
    usage: result.usage,
    parts: result.parts,
    response: result.response,
  });
}

function merged(...projections: readonly WireFormat['fields'][]): WireFormat['fields'] {
  return Object.assign({}, ...projections) as WireFormat['fields'];
}
