import { namedFrames, type TypedEvent } from './loopback.js';

const USAGE = {
  input_tokens: 12,
  cache_creation_input_tokens: 1_200,
  cache_read_input_tokens: 8_000,
  cache_creation: { ephemeral_5m_input_tokens: 200, ephemeral_1h_input_tokens: 1_000 },
  output_tokens: 1,
  service_tier: 'standard',
};

const MESSAGE = {
  id: 'msg_01XFDUDYJgAACzvnptvVoYEL',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-6-20260217',
  content: [] as object[],
  stop_reason: null as string | null,
  stop_sequence: null,
  usage: USAGE as object,
};

/** What the answers below count, in the normal form. */
export const MESSAGE_COUNTS = {
  inputTokens: 9_212,
  outputTokens: 89,
  cacheReadTokens: 8_000,
  cacheWriteTokens: 1_200,
  cacheWrite1hTokens: 1_000,
};

/** A message. */
export function messageAnswer(overrides: object = {}): object {
  return {
    ...MESSAGE,
    content: [{ type: 'text', text: 'Hi 😀' }],
    stop_reason: 'end_turn',
    usage: { ...USAGE, output_tokens: 89 },
    ...overrides,
  };
}

const block = (index: number, content_block: object): TypedEvent => ({
  type: 'content_block_start',
  index,
  content_block,
});
const delta = (index: number, content: object): TypedEvent => ({
  type: 'content_block_delta',
  index,
  delta: content,
});
const stop = (index: number): TypedEvent => ({ type: 'content_block_stop', index });

export const MESSAGE_START: TypedEvent = { type: 'message_start', message: MESSAGE };
const PING: TypedEvent = { type: 'ping' };

export const TEXT_EVENTS: readonly TypedEvent[] = [
  block(0, { type: 'text', text: '' }),
  PING,
  delta(0, { type: 'text_delta', text: 'Hi' }),
  delta(0, { type: 'text_delta', text: ' 😀' }),
  stop(0),
];

const THINKING_EVENTS: readonly TypedEvent[] = [
  block(0, { type: 'thinking', thinking: '', signature: '' }),
  delta(0, { type: 'thinking_delta', thinking: 'Hmm' }),
  delta(0, { type: 'signature_delta', signature: 'EqQBCgIYAhIM1gbcDa9GJwZA2b3h' }),
  stop(0),
];

const TOOL_EVENTS: readonly TypedEvent[] = [
  block(1, { type: 'tool_use', id: 'toolu_01', name: 'get_weather', input: {} }),
  delta(1, { type: 'input_json_delta', partial_json: '' }),
  delta(1, { type: 'input_json_delta', partial_json: '{"city":"Bonn"}' }),
  stop(1),
];

/** The events that end a message; the output is counted here, the input again only if it grew. */
export function endEvents(stopReason: string, usage: object = { output_tokens: 89 }): TypedEvent[] {
  return [
    { type: 'message_delta', delta: { stop_reason: stopReason, stop_sequence: null }, usage },
    { type: 'message_stop' },
  ];
}

/** A streamed message of text. */
export const MESSAGE_FRAMES = namedFrames([MESSAGE_START, ...TEXT_EVENTS, ...endEvents('end_turn')]);

/** A streamed message that thinks and calls a tool. */
export const TOOL_MESSAGE_FRAMES = namedFrames([
  MESSAGE_START,
  PING,
  ...THINKING_EVENTS,
  ...TOOL_EVENTS,
  ...endEvents('tool_use'),
]);

/** An error in the middle of a stream. */
export const OVERLOADED_FRAMES = namedFrames([
  MESSAGE_START,
  ...TEXT_EVENTS.slice(0, 3),
  {
    type: 'error',
    error: { type: 'overloaded_error', message: 'Overloaded' },
    request_id: 'req_1',
  },
]);
