import type { Usage } from '../cost/usage.js';
import { ofModality } from './google.js';
import { amount, failure, isObject, type JsonObject, object, objects, sum, text } from './json.js';
import {
  type Answer,
  addResponse,
  eventMarks,
  hasOutput,
  setFinishReasons,
  type WireFormat,
} from './wire-format.js';

/** Statuses of an interaction that has ended well, each a finish reason; all others but two mean that it goes on. */
const FINISHED: ReadonlySet<string> = new Set([
  'completed',
  'requires_action',
  'incomplete',
  'budget_exceeded',
  'requires_continuation',
]);

/** The last event of a stream, in the current and in the earlier revision of the API. */
const LAST_EVENTS: ReadonlySet<unknown> = new Set(['interaction.completed', 'interaction.complete']);

/** Steps that are input: what the user, or a tool of the user, has sent. */
const INPUT_STEP = /^user_input$|_result$/;

/** Tools of Google whose calls are billed beside tokens. */
const SEARCH_TOOLS: ReadonlySet<unknown> = new Set(['google_search', 'google_maps']);

const INTERACTION_FIELDS = {
  id: true,
  model: true,
  status: true,
  service_tier: true,
  usage: true,
  errors: true,
} as const;

const FIELDS = {
  ...INTERACTION_FIELDS,
  event_type: true,
  interaction: INTERACTION_FIELDS,
  metadata: { total_usage: true },
  error: true,
} as const;

/**
 * Gemini's interactions, whole and streamed.
 *
 * @see https://ai.google.dev/api/interactions-api
 */
export const GOOGLE_INTERACTIONS: WireFormat = {
  // An interaction is with a model or with an agent.
  requestFields: { agent: true, background: true },
  fields: FIELDS,
  eventFields: { ...FIELDS, delta: true, step: { type: true, name: true, content: true, summary: true } },
  marks: eventMarks({
    urgentMembers: ['error'],
    urgentValues: ['interaction.completed', 'interaction.complete', 'interaction.status_update'],
    latestMembers: ['total_usage', 'usage'],
  }),
  read(json, answer) {
    const type = json['event_type'];
    answer.error ??= failure(json['error']);
    answer.generated ||= hasOutput(json['delta']) || isOutputStep(json['step']);
    answer.usage = interactionUsage(object(json['metadata'])['total_usage']) ?? answer.usage;
    // Events of a step have the usage at the top level, and so has an interaction that is not streamed.
    readInteraction(isObject(json['interaction']) ? json['interaction'] : json, answer);
    answer.closed ||= LAST_EVENTS.has(type);
  },
};

function isOutputStep(step: unknown): boolean {
  return isObject(step) && !INPUT_STEP.test(text(step['type']) ?? '') && hasOutput(step);
}

function readInteraction(interaction: JsonObject, answer: Answer): void {
  const status = text(interaction['status']);
  if (status !== undefined && FINISHED.has(status)) setFinishReasons(answer, status);
  if (status === 'failed') answer.error ??= failure(interaction['errors']) ?? interaction;
  if (status === 'cancelled') answer.error ??= { code: status };
  answer.usage = interactionUsage(interaction['usage']) ?? answer.usage;
  addResponse(answer, {
    id: text(interaction['id']),
    model: text(interaction['model']),
    serviceTier: text(interaction['service_tier']),
  });
  const { id } = answer.response;
  // Any interaction can be read again; only this process knows which of them had no usage when they were made.
  if (id !== undefined && status !== undefined) {
    const { model, agent, background } = answer.request();
    // Without a body, this is a later reading.
    const isInForeground = (model ?? agent) !== undefined && background !== true;
    const isReported = answer.finished || answer.error !== undefined || answer.usage !== undefined;
    const isOver = isInForeground || isReported;
    answer.job = { id, isOver, isOwnOnly: true };
  }
}

/**
 * Reads the usage of an interaction. As in `generateContent`, the output excludes thoughts, and the input excludes the
 * results of tools and includes cached tokens.
 */
function interactionUsage(usage: unknown): Usage | undefined {
  if (!isObject(usage)) return undefined;
  const count = (name: string): number | undefined => amount(usage[name]);
  const inputTokens = sum(count('total_input_tokens'), count('total_tool_use_tokens'));
  const outputTokens = sum(count('total_output_tokens'), count('total_thought_tokens'));
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  const input = [
    ...objects(usage['input_tokens_by_modality']),
    ...objects(usage['tool_use_tokens_by_modality']),
  ];
  const cached = objects(usage['cached_tokens_by_modality']);
  const output = objects(usage['output_tokens_by_modality']);
  const searches = objects(usage['grounding_tool_count']).filter(({ type }) => SEARCH_TOOLS.has(type));
  return {
    inputTokens: inputTokens ?? 0,
    outputTokens: outputTokens ?? 0,
    cacheReadTokens: count('total_cached_tokens'),
    reasoningTokens: count('total_thought_tokens'),
    inputAudioTokens: ofModality(input, 'audio', 'tokens'),
    cacheReadAudioTokens: ofModality(cached, 'audio', 'tokens'),
    outputAudioTokens: ofModality(output, 'audio', 'tokens'),
    inputImageTokens: ofModality(input, 'image', 'tokens'),
    cacheReadImageTokens: ofModality(cached, 'image', 'tokens'),
    outputImageTokens: ofModality(output, 'image', 'tokens'),
    inputVideoTokens: ofModality(input, 'video', 'tokens'),
    webSearches: sum(...searches.map((tool) => amount(tool['count']))),
  };
}
