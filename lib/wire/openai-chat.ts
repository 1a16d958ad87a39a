import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import type { Usage } from '../cost/usage.js';
import { eventMarks } from './event-marks.js';
import { failure, isObject, type JsonObject, object, objects, text } from './json.js';
import { geminiCompatibleUsage, openAiUsage, reportedCostUsd } from './openai-usage.js';
import { hasOutput, hasOutputIn, keepWhole } from './output.js';
import { type Answer, addResponse, type WireFormat } from './wire-format.js';

type ReadUsage = (usage: JsonObject) => Usage | undefined;

/** Where a delta carries output, whatever the dialect. */
const OUTPUT = [
  'content',
  'reasoning_content',
  'reasoning',
  'reasoning_details',
  'refusal',
  'tool_calls',
  'function_call',
  'audio',
  'images',
  // Citations.
  'annotations',
  // What Groq's own tools were asked and answered.
  'executed_tools',
] as const;

const FIELDS = {
  id: true,
  model: true,
  service_tier: true,
  usage: true,
  x_groq: { usage: true, error: true },
  error: true,
} as const;

const CHOICE_FIELDS = { finish_reason: true, usage: true } as const;

/** Chat completions, and completions with their `text`. */
export const OPENAI_CHAT: WireFormat = chatFormat(openAiUsage);

/** Chat completions as Gemini speaks them. */
export const GEMINI_COMPATIBLE_CHAT: WireFormat = chatFormat(geminiCompatibleUsage);

function chatFormat(readUsage: ReadUsage): WireFormat {
  return {
    fields: { ...FIELDS, choices: CHOICE_FIELDS },
    eventFields: { ...FIELDS, choices: { ...CHOICE_FIELDS, text: true, delta: keepWhole(OUTPUT) } },
    marks: eventMarks({ urgentMembers: ['finish_reason', 'error'], latestMembers: ['usage'] }),
    read(json, answer) {
      addResponse(answer, {
        id: text(json['id']),
        model: text(json['model']),
        serviceTier: text(json['service_tier']),
      });
      readChoices(objects(json['choices']), answer, readUsage);
      // Groq reports usage in a field of its own unless `stream_options` asks for the common one.
      takeUsage(object(json['x_groq'])['usage'], answer, readUsage);
      takeUsage(json['usage'], answer, readUsage);
      answer.error ??= failure(json['error']) ?? failure(object(json['x_groq'])['error']);
    },
  };
}

function readChoices(choices: readonly JsonObject[], answer: Answer, readUsage: ReadUsage): void {
  const reasons: string[] = [];
  for (const choice of choices) {
    const reason = text(choice['finish_reason']);
    if (reason !== undefined) reasons.push(reason);
    answer.generated ||= hasOutputIn(choice['delta'], OUTPUT) || hasOutput(choice['text']);
    // Moonshot puts it beside the finish reason.
    takeUsage(choice['usage'], answer, readUsage);
  }
  if (reasons.length === 0) return;
  answer.finished = true;
  const known = answer.response.finishReasons ?? [];
  // A stream that repeats them for ever must not make each event slower than the one before.
  if (known.length >= INPUT_LIMITS.finishReasonCount.value) return;
  addResponse(answer, { finishReasons: [...known, ...reasons] });
}

function takeUsage(usage: unknown, answer: Answer, readUsage: ReadUsage): void {
  if (!isObject(usage)) return;
  answer.usage = readUsage(usage) ?? answer.usage;
  addResponse(answer, { costUsd: reportedCostUsd(usage) });
}
