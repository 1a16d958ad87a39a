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
