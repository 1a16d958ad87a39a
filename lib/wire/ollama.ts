import type { Usage } from '../cost/usage.js';
import { amount, failure, type JsonObject, text } from './json.js';
import {
  addResponse,
  eventMarks,
  hasOutputIn,
  keepWhole,
  setFinishReasons,
  type WireFormat,
} from './wire-format.js';

/** Members with output in the message of `/api/chat`. */
const MESSAGE_OUTPUT = ['content', 'thinking', 'tool_calls'] as const;

/** Members with output at the top level, in answers of `/api/generate`. */
const OUTPUT = ['response', 'thinking', 'image'] as const;

const FIELDS = {
  model: true,
  done: true,
  done_reason: true,
  error: true,
  prompt_eval_count: true,
  eval_count: true,
  total_duration: true,
} as const;

/**
 * Ollama's API: chat, completions and embeddings. A stream has one document a line, the last of which is `done` and has
 * the counts. A call without a prompt only loads or unloads a model, and has none.
 */
export const OLLAMA: WireFormat = {
  lines: 'stream',
  fields: FIELDS,
  eventFields: { ...FIELDS, ...keepWhole(OUTPUT), message: keepWhole(MESSAGE_OUTPUT) },
  // Every line has `done`; only the last one has these.
  marks: eventMarks({ urgentMembers: ['done_reason', 'total_duration', 'error'] }),
  read(json, answer) {
    answer.generated ||= hasOutputIn(json['message'], MESSAGE_OUTPUT) || hasOutputIn(json, OUTPUT);
    answer.error ??= failure(json['error']);
    answer.closed ||= json['done'] === true;
    setFinishReasons(answer, text(json['done_reason']));
    answer.usage = ollamaUsage(json) ?? answer.usage;
    // Nothing is counted for a model that is loaded or unloaded, and nothing is billed.
    addResponse(answer, { model: text(json['model']), costUsd: isLoadOnly(json) ? 0 : undefined });
  },
};

const NANOSECONDS_PER_SECOND = 1e9;

const NOTHING: Usage = { inputTokens: 0, outputTokens: 0 };

/**
 * Reads the counts of an answer. `computeSeconds` is `total_duration`: the time in Ollama's server, waiting for the
 * model and loading it included.
 *
 * @returns `undefined` if it has no counts.
 */
export function ollamaUsage(json: JsonObject): Usage | undefined {
  if (isLoadOnly(json)) return NOTHING;
  const inputTokens = amount(json['prompt_eval_count']);
  const outputTokens = amount(json['eval_count']);
  // A count of zero is left out.
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  const nanoseconds = amount(json['total_duration']);
  return {
    inputTokens: inputTokens ?? 0,
    outputTokens: outputTokens ?? 0,
    computeSeconds: nanoseconds === undefined ? undefined : nanoseconds / NANOSECONDS_PER_SECOND,
  };
}

function isLoadOnly({ done_reason: reason }: JsonObject): boolean {
  return reason === 'load' || reason === 'unload';
}
