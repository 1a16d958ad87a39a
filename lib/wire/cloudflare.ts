import { failure, isObject } from './json.js';
import { OPENAI_CHAT } from './openai.js';
import { hasOutputIn, type WireFormat } from './wire-format.js';

/** Members with output in an event of a model that does not use OpenAI's format. */
const OUTPUT = ['response', 'tool_calls'] as const;

/**
 * Cloudflare's Workers AI at `/ai/run`: an answer is the `result` of an envelope, an event of a stream has no envelope.
 * Either has the usage of OpenAI's chat completions, and for some models their choices.
 */
export const CLOUDFLARE: WireFormat = {
  fields: { ...members(OPENAI_CHAT.fields), result: OPENAI_CHAT.fields, errors: true },
  eventFields: { ...members(OPENAI_CHAT.eventFields), response: true, tool_calls: true, errors: true },
  marks: OPENAI_CHAT.marks,
  read(json, answer) {
    answer.generated ||= hasOutputIn(json, OUTPUT);
    OPENAI_CHAT.read(isObject(json['result']) ? json['result'] : json, answer);
    answer.error ??= failure(json['errors']);
  },
};

function members(fields: WireFormat['eventFields']): object {
  return isObject(fields) ? fields : {};
}
