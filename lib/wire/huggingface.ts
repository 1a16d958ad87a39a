import { amount, isObject, type JsonObject, object, objects, text } from './json.js';
import { eventMarks, hasOutput, setFinishReasons, type WireFormat } from './wire-format.js';

const DETAILS = { generated_tokens: true, input_length: true, finish_reason: true, prefill: {} } as const;

const FIELDS = { error: true, generated_text: true, details: DETAILS } as const;

/**
 * Hugging Face's own API: tasks of its inference service and of endpoints, and text generation of servers (TGI). The
 * counts are in headers or, where the request asks for `details`, in the body; a stream has them at its end.
 *
 * @see https://huggingface.co/docs/text-generation-inference
 */
export const HUGGING_FACE: WireFormat = {
  fields: FIELDS,
  eventFields: { ...FIELDS, token: { text: true } },
  marks: eventMarks({ urgentMembers: ['error'], latestMembers: ['details'] }),
  readHeaders(headers, answer) {
    const inputTokens = count(headers.get('x-prompt-tokens'));
    const outputTokens = count(headers.get('x-generated-tokens'));
    const computeSeconds = count(headers.get('x-compute-time'));
    if (inputTokens !== undefined || outputTokens !== undefined)
      answer.usage = { inputTokens: inputTokens ?? 0, outputTokens: outputTokens ?? 0 };
    // Tasks without tokens are billed by the time of computing.
    else if (computeSeconds !== undefined) answer.usage = { inputTokens: 0, outputTokens: 0, computeSeconds };
  },
  read(json, answer) {
    answer.generated ||= hasOutput(json['token']);
    answer.error ??= text(json['error']) ?? (isObject(json['error']) ? json['error'] : undefined);
    const details = object(json['details']);
    const outputTokens = amount(details['generated_tokens']);
    const reason = text(details['finish_reason']);
    if (typeof json['generated_text'] === 'string') answer.finished = true;
    setFinishReasons(answer, reason);
    const inputTokens = amount(details['input_length']) ?? prefilled(details);
    if (outputTokens !== undefined && inputTokens !== undefined) answer.usage = { inputTokens, outputTokens };
  },
};

/** The length of the prompt, where the request asks for `decoder_input_details`; the list is empty otherwise. */
function prefilled(details: JsonObject): number | undefined {
  const { length } = objects(details['prefill']);
  return length > 0 ? length : undefined;
}

function count(header: string | null | undefined): number | undefined {
  return amount(header === undefined || header === null || header === '' ? undefined : Number(header));
}
