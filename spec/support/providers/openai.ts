import { dataFrames, namedFrames } from './loopback.js';

const ID = 'chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG';
const ANSWERED_BY = 'gpt-4o-mini-2024-07-18';

export const CHAT_USAGE = {
  prompt_tokens: 1_117,
  completion_tokens: 46,
  total_tokens: 1_163,
  prompt_tokens_details: { cached_tokens: 1_024, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: 6,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
};

/** `CHAT_USAGE` in the normal form. */
export const CHAT_COUNTS = {
  inputTokens: 1_117,
  outputTokens: 46,
  cacheReadTokens: 1_024,
  reasoningTokens: 6,
};

/** A chat completion. */
export function chatAnswer(overrides: object = {}): object {
  return {
    id: ID,
    object: 'chat.completion',
    created: 1_741_570_283,
    model: ANSWERED_BY,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'Grüß dich! 😀', refusal: null, annotations: [] },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: CHAT_USAGE,
    service_tier: 'default',
    system_fingerprint: 'fp_44709d6fcb',
    ...overrides,
  };
}

/** One chunk of a streamed chat completion. */
export function chatChunk(delta: object, finishReason: string | null = null, rest: object = {}): object {
  return {
    id: ID,
    object: 'chat.completion.chunk',
    created: 1_741_570_283,
    model: ANSWERED_BY,
    service_tier: 'default',
    system_fingerprint: 'fp_44709d6fcb',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    usage: null,
    ...rest,
  };
}

const ROLE = chatChunk({ role: 'assistant', content: '', refusal: null });
const USAGE_CHUNK = chatChunk({}, null, { choices: [], usage: CHAT_USAGE });

/** A streamed chat completion with text; usage comes last, on a chunk without choices. */
export const CHAT_FRAMES = dataFrames(
  [
    ROLE,
    ...['Grüß', ' dich', '!', ' 😀'].map((content) => chatChunk({ content })),
    chatChunk({}, 'stop'),
    USAGE_CHUNK,
  ],
  '[DONE]',
);

/** The same without usage, as OpenAI streams unless it is asked for. */
export const CHAT_FRAMES_WITHOUT_USAGE = dataFrames(
  [ROLE, chatChunk({ content: 'Hi' }), chatChunk({}, 'stop')],
  '[DONE]',
);

/** A streamed call of a tool. */
export const TOOL_FRAMES = dataFrames(
  [
    chatChunk({ role: 'assistant', content: null }),
    chatChunk({
      tool_calls: [
        { index: 0, id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '' } },
      ],
    }),
    ...['{"ci', 'ty":"Bonn"}'].map((part) =>
      chatChunk({ tool_calls: [{ index: 0, function: { arguments: part } }] }),
    ),
    chatChunk({}, 'tool_calls'),
    USAGE_CHUNK,
  ],
  '[DONE]',
);

/** A reasoning model as DeepSeek, Groq and others stream it; usage comes on the chunk that finishes. */
export const REASONING_FRAMES = dataFrames(
  [
    chatChunk({ role: 'assistant', content: null, reasoning_content: '' }),
    chatChunk({ content: null, reasoning_content: 'Let me see' }),
    chatChunk({ content: 'Yes' }),
    chatChunk({ content: '' }, 'stop', { usage: CHAT_USAGE }),
  ],
  '[DONE]',
);

const RESPONSE = {
  id: 'resp_67c9fdcecf488190bdd9a0409de3a1ec07b8b0ad4e5eb654',
  object: 'response',
  created_at: 1_741_487_325,
  status: 'in_progress',
  error: null,
  incomplete_details: null,
  instructions: null,
  model: 'o4-mini-2025-04-16',
  output: [] as object[],
  parallel_tool_calls: true,
  service_tier: 'auto',
  tools: [],
  usage: null as object | null,
};

const RESPONSE_USAGE = {
  input_tokens: 328,
  input_tokens_details: { cached_tokens: 64 },
  output_tokens: 152,
  output_tokens_details: { reasoning_tokens: 128 },
  total_tokens: 480,
};

export const RESPONSE_COUNTS = {
  inputTokens: 328,
  outputTokens: 152,
  cacheReadTokens: 64,
  reasoningTokens: 128,
};

const MESSAGE = {
  id: 'msg_1',
  type: 'message',
  status: 'completed',
  role: 'assistant',
  content: [{ type: 'output_text', text: 'Hi', annotations: [] }],
};

/** A response. */
export function responseAnswer(overrides: object = {}): typeof RESPONSE {
  return {
    ...RESPONSE,
    status: 'completed',
    output: [MESSAGE],
    service_tier: 'flex',
    usage: RESPONSE_USAGE,
    ...overrides,
  };
}

/** A streamed response; how it ends is up to the last event. */
export function responseFrames(
  last: 'completed' | 'incomplete' | 'failed',
  overrides: object = {},
): string[] {
  const item = { item_id: 'msg_1', output_index: 0, content_index: 0 };
  const response = responseAnswer({ status: last, ...overrides });
  return namedFrames([
    { type: 'response.created', sequence_number: 0, response: RESPONSE },
    { type: 'response.in_progress', sequence_number: 1, response: RESPONSE },
    {
      type: 'response.output_item.added',
      sequence_number: 2,
      output_index: 0,
      item: { ...MESSAGE, content: [] },
    },
    {
      type: 'response.content_part.added',
      sequence_number: 3,
      ...item,
      part: { type: 'output_text', text: '' },
    },
    { type: 'response.output_text.delta', sequence_number: 4, ...item, delta: 'H', logprobs: [] },
    { type: 'response.output_text.delta', sequence_number: 5, ...item, delta: 'i', logprobs: [] },
    { type: 'response.output_text.done', sequence_number: 6, ...item, text: 'Hi', logprobs: [] },
    { type: 'response.output_item.done', sequence_number: 7, output_index: 0, item: MESSAGE },
    { type: `response.${last}`, sequence_number: 8, response },
  ]);
}

/** Two embeddings. */
export const EMBEDDINGS_ANSWER = {
  object: 'list',
  data: [0, 1].map((index) => ({ object: 'embedding', index, embedding: [0.1, -0.2, 0.3] })),
  model: 'text-embedding-3-small',
  usage: { prompt_tokens: 8, total_tokens: 8 },
};
