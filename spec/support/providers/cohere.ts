import { dataFrames, namedFrames } from './loopback.js';

const ID = 'c14c80c3-18eb-4519-9460-6c92edd8cfb4';
const USAGE = {
  billed_units: { input_tokens: 17, output_tokens: 12 },
  tokens: { input_tokens: 215, output_tokens: 12 },
};

/** `USAGE` in the normal form. */
export const COHERE_COUNTS = { inputTokens: 17, outputTokens: 12 };

/** A chat answer. */
export const COHERE_ANSWER = {
  id: ID,
  finish_reason: 'COMPLETE',
  message: { role: 'assistant', content: [{ type: 'text', text: 'Hi' }] },
  usage: USAGE,
};

const START = {
  type: 'message-start',
  id: ID,
  delta: { message: { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] } },
};
const end = (finish_reason: string) => ({
  type: 'message-end',
  id: ID,
  delta: { finish_reason, usage: USAGE },
});
const text = (value: string) => ({
  type: 'content-delta',
  index: 0,
  delta: { message: { content: { text: value } } },
});

/** A streamed chat answer. */
export const COHERE_FRAMES = namedFrames([
  START,
  { type: 'content-start', index: 0, delta: { message: { content: { type: 'text', text: '' } } } } as {
    type: string;
  },
  text('H'),
  text('i'),
  { type: 'content-end', index: 0 },
  end('COMPLETE'),
]);

/** A streamed call of a tool. */
export const COHERE_TOOL_FRAMES = [
  ...namedFrames([
    START,
    {
      type: 'tool-call-start',
      index: 0,
      delta: {
        message: {
          tool_calls: {
            id: 'get_weather0',
            type: 'function',
            function: { name: 'get_weather', arguments: '' },
          },
        },
      },
    },
    {
      type: 'tool-call-delta',
      index: 0,
      delta: { message: { tool_calls: { function: { arguments: '{"city":"Bonn"}' } } } },
    },
    { type: 'tool-call-end', index: 0 },
    end('TOOL_CALL'),
  ]),
  ...dataFrames([], '[DONE]'),
];

/** Embeddings. */
export const COHERE_EMBEDDINGS = {
  id: 'da6e531f-54c5-4a73-bf92-f60566d8d753',
  embeddings: { float: [[0.1, -0.2]] },
  texts: ['hello'],
  response_type: 'embeddings_by_type',
  meta: { api_version: { version: '2' }, billed_units: { input_tokens: 2 } },
};

const META = { api_version: { version: '1' }, ...USAGE };

/** A chat answer of version 1. */
export const COHERE_V1_ANSWER = {
  response_id: '7bd27a1d-3f5a-4a1d-9f2e-0f4d7b6b5a11',
  generation_id: ID,
  text: 'Hi',
  chat_history: [
    { role: 'USER', message: 'Hello' },
    { role: 'CHATBOT', message: 'Hi' },
  ],
  finish_reason: 'COMPLETE',
  meta: META,
};

/** A streamed chat answer of version 1. */
export const COHERE_V1_EVENTS = [
  { is_finished: false, event_type: 'stream-start', generation_id: ID },
  { is_finished: false, event_type: 'text-generation', text: 'H' },
  { is_finished: false, event_type: 'text-generation', text: 'i' },
  { is_finished: true, event_type: 'stream-end', response: COHERE_V1_ANSWER, finish_reason: 'COMPLETE' },
];

/** A streamed call of a tool, of version 1. */
export const COHERE_V1_TOOL_EVENTS = [
  { is_finished: false, event_type: 'stream-start', generation_id: ID },
  {
    is_finished: false,
    event_type: 'tool-calls-chunk',
    tool_call_delta: { index: 0, name: 'get_weather', parameters: '{"city":"Bonn"}' },
  },
  {
    is_finished: false,
    event_type: 'tool-calls-generation',
    tool_calls: [{ name: 'get_weather', parameters: { city: 'Bonn' } }],
  },
  {
    is_finished: true,
    event_type: 'stream-end',
    finish_reason: 'COMPLETE',
    response: {
      ...COHERE_V1_ANSWER,
      text: '',
      tool_calls: [{ name: 'get_weather', parameters: { city: 'Bonn' } }],
    },
  },
];

/** A rerank. */
export const COHERE_RERANK = {
  id: '07734bd2-2473-4f07-94e1-0d9f0e6843cf',
  results: [
    { index: 3, relevance_score: 0.999071 },
    { index: 0, relevance_score: 0.32713068 },
  ],
  meta: { api_version: { version: '2' }, billed_units: { search_units: 1 } },
};
