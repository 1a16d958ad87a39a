import { failure, isObject, object, text } from './json.js';
import { openAiUsage } from './openai.js';
import { addResponse, eventMarks, hasOutput, setFinishReasons, type WireFormat } from './wire-format.js';

/** Statuses of a run that goes on; of all others but one, the usage is final. */
const OPEN: ReadonlySet<string> = new Set(['queued', 'in_progress', 'cancelling', 'requires_action']);

const FIELDS = {
  id: true,
  object: true,
  model: true,
  status: true,
  usage: true,
  last_error: true,
  error: true,
} as const;

/**
 * Runs of OpenAI's assistants, whole and streamed. A run that calls functions of the caller goes on with a further
 * request; its usage is reported once, when it is over.
 *
 * @see https://developers.openai.com/api/docs/api-reference/runs
 */
export const OPENAI_RUNS: WireFormat = {
  fields: FIELDS,
  eventFields: { ...FIELDS, delta: true },
  marks: eventMarks({ urgentMembers: ['error'], urgentValues: ['thread.run'] }),
  read(json, answer) {
    answer.generated ||= hasOutput(json['delta']);
    answer.error ??= failure(json['error']);
    // Events of messages and of steps have a status, and steps a usage, which is part of that of the run.
    if (json['object'] !== 'thread.run') return;
    const id = text(json['id']);
    const status = text(json['status']) ?? '';
    if (status === 'completed' || status === 'incomplete' || status === 'requires_action')
      setFinishReasons(answer, status);
    if (status === 'failed') answer.error ??= failure(json['last_error']) ?? object(json);
    if (id !== undefined) answer.job = { id, isOver: !OPEN.has(status) && status !== 'cancelled' };
    addResponse(answer, { id, model: text(json['model']) });
    if (isObject(json['usage'])) answer.usage = openAiUsage(json['usage']) ?? answer.usage;
  },
};
