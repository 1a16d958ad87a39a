import { dataFrames } from './loopback.js';

const ID = 'v1_ChczeFMxYWJjZGVmZ2hpag';

const USAGE = {
  total_tokens: 2_160,
  total_input_tokens: 2_000,
  input_tokens_by_modality: [
    { modality: 'text', tokens: 1_900 },
    { modality: 'image', tokens: 100 },
  ],
  total_cached_tokens: 1_500,
  cached_tokens_by_modality: [{ modality: 'text', tokens: 1_500 }],
  total_output_tokens: 70,
  output_tokens_by_modality: [
    { modality: 'text', tokens: 20 },
    { modality: 'audio', tokens: 50 },
  ],
  total_thought_tokens: 40,
  total_tool_use_tokens: 50,
  tool_use_tokens_by_modality: [{ modality: 'text', tokens: 50 }],
};

/** `USAGE` in the normal form. */
export const INTERACTION_COUNTS = {
  inputTokens: 2_050,
  outputTokens: 110,
  cacheReadTokens: 1_500,
  reasoningTokens: 40,
  outputAudioTokens: 50,
  inputImageTokens: 100,
};

/** An interaction that is not streamed. */
export function interaction(status: string, members: object = {}): object {
  return {
    id: ID,
    object: 'interaction',
    model: 'gemini-3.5-flash',
    status,
    created: '2026-09-12T10:00:00Z',
    updated: '2026-09-12T10:00:02Z',
    role: 'model',
    steps: [
      { type: 'thought', signature: 'EsQcCsEc' },
      { type: 'model_output', content: [{ type: 'text', text: 'Grüß dich 😀' }] },
    ],
    usage: USAGE,
    ...members,
  };
}

const started = { id: ID, object: 'interaction', model: 'gemini-3.5-flash', status: 'in_progress' };
const delta = (index: number, of: object, members: object = {}): object => ({
  event_type: 'step.delta',
  index,
  delta: of,
  ...members,
});

const BEGINNING = [
  { event_type: 'interaction.created', interaction: started, event_id: 'e1' },
  { event_type: 'interaction.status_update', interaction_id: ID, status: 'in_progress', event_id: 'e2' },
  { event_type: 'step.start', index: 0, step: { type: 'thought' } },
  delta(0, { type: 'thought_signature', signature: 'EsQcCsEc' }),
  { event_type: 'step.stop', index: 0 },
];

/** The events of a streamed interaction, and the index of the first one with output. */
export const INTERACTION_EVENTS = [
  ...BEGINNING,
  { event_type: 'step.start', index: 1, step: { type: 'model_output' } },
  delta(1, { type: 'text', text: 'Grüß' }),
  delta(
    1,
    { type: 'text', text: ' dich "interaction.completed" 😀' },
    { metadata: { total_usage: { total_input_tokens: 2_000, total_output_tokens: 9 } } },
  ),
  { event_type: 'step.stop', index: 1 },
  { event_type: 'interaction.completed', interaction: { ...started, status: 'completed', usage: USAGE } },
];
export const INTERACTION_FRAMES = dataFrames(INTERACTION_EVENTS, '[DONE]');

/** A streamed interaction that waits for the result of a call. */
export const INTERACTION_CALL_FRAMES = dataFrames(
  [
    ...BEGINNING,
    {
      event_type: 'step.start',
      index: 1,
      step: { type: 'function_call', id: 'c1', name: 'get_weather', arguments: {} },
    },
    delta(1, { type: 'arguments_delta', arguments: '{"city":"Bonn"}' }),
    { event_type: 'step.stop', index: 1 },
    {
      event_type: 'interaction.completed',
      interaction: { ...started, status: 'requires_action', usage: USAGE },
    },
  ],
  '[DONE]',
);

/** An error in the middle of a stream. */
export const INTERACTION_ERROR_FRAMES = dataFrames([
  ...INTERACTION_EVENTS.slice(0, 7),
  { event_type: 'error', error: { code: 'too_many_requests', message: 'Quota exceeded.' } },
]);
