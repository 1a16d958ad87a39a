import { eventMarks } from './event-marks.js';
import { failure, isObject, text } from './json.js';
import { openAiUsage, reportedCostUsd } from './openai-usage.js';
import { hasOutputIn } from './output.js';
import { addResponse, type WireFormat } from './wire-format.js';

/** Where an event carries output: words, sound, a picture. */
const OUTPUT = ['delta', 'text', 'audio', 'b64_json'] as const;

const LAST_EVENTS: ReadonlySet<string> = new Set([
  'transcript.text.done',
  'speech.audio.done',
  'image_generation.completed',
  'image_edit.completed',
]);

/** Embeddings, images, speech and transcriptions: a usage object at the top, and little else to read. */
export const OPENAI_MEDIA: WireFormat = {
  fields: { type: true, id: true, model: true, usage: true, error: true },
  eventFields: { type: true, usage: true, error: true, delta: true, text: true, audio: true, b64_json: true },
  marks: eventMarks({ urgentMembers: ['usage', 'error'], urgentValues: [...LAST_EVENTS, 'error'] }),
  read(json, answer) {
    const type = text(json['type']) ?? '';
    answer.generated ||= hasOutputIn(json, OUTPUT);
    answer.finished ||= LAST_EVENTS.has(type);
    answer.error ??= failure(json['error']) ?? (type === 'error' ? json : undefined);
    addResponse(answer, { id: text(json['id']), model: text(json['model']) });
    if (!isObject(json['usage'])) return;
    answer.usage = openAiUsage(json['usage']) ?? answer.usage;
    addResponse(answer, { costUsd: reportedCostUsd(json['usage']) });
  },
};
