import fc from 'fast-check';
import {
  ANTHROPIC_MESSAGES,
  COHERE,
  EMBEDDINGS,
  GEMINI,
  GOOGLE_EMBEDDINGS,
  generatedAfter,
  OLLAMA,
  OPENAI_CHAT,
  OPENAI_MEDIA,
  OPENAI_RESPONSES,
  RERANK,
  readAnswer as read,
  VERCEL_GATEWAY,
  type WireFormat,
} from '../support/parsers.js';
import {
  MESSAGE_COUNTS,
  MESSAGE_FRAMES,
  messageAnswer,
  OVERLOADED_FRAMES,
  TOOL_MESSAGE_FRAMES,
} from '../support/providers/anthropic.js';
import {
  COHERE_ANSWER,
  COHERE_COUNTS,
  COHERE_EMBEDDINGS,
  COHERE_FRAMES,
  COHERE_RERANK,
  COHERE_TOOL_FRAMES,
  COHERE_V1_ANSWER,
  COHERE_V1_EVENTS,
  COHERE_V1_TOOL_EVENTS,
} from '../support/providers/cohere.js';
import {
  CONTENT_ANSWER,
  CONTENT_ARRAY,
  CONTENT_COUNTS,
  CONTENT_FRAMES,
  FUNCTION_FRAMES,
  PREDICTIONS_ANSWER,
} from '../support/providers/google.js';
import { dataFrames, namedFrames } from '../support/providers/loopback.js';
import {
  OLLAMA_ANSWER,
  OLLAMA_COMPLETION_LINES,
  OLLAMA_COUNTS,
  OLLAMA_EMBEDDINGS,
  OLLAMA_LINES,
  OLLAMA_LOADED,
  OLLAMA_TOOL_LINES,
} from '../support/providers/ollama.js';
import {
  CHAT_COUNTS,
  CHAT_FRAMES,
  CHAT_USAGE,
  chatAnswer,
  chatChunk,
  EMBEDDINGS_ANSWER,
  REASONING_FRAMES,
  RESPONSE_COUNTS,
  responseAnswer,
  responseFrames,
  TOOL_FRAMES,
} from '../support/providers/openai.js';
import { GATEWAY_COUNTS, GATEWAY_FRAMES, gatewayAnswer } from '../support/providers/vercel.js';
import { arbitraryCuts, everyByte } from '../support/split-bytes.js';

const stream = (frames: readonly string[], lineEnd = '\n'): string =>
  frames.map((frame) => `${frame}\n\n`.replaceAll('\n', lineEnd)).join('');

const lines = (documents: readonly object[], lineEnd = '\n'): string =>
  documents.map((document) => JSON.stringify(document) + lineEnd).join('');

const CHAT_RESPONSE = {
  id: 'chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG',
  model: 'gpt-4o-mini-2024-07-18',
  serviceTier: 'default',
};
const MESSAGE_RESPONSE = {
  id: 'msg_01XFDUDYJgAACzvnptvVoYEL',
  model: 'claude-sonnet-4-6-20260217',
  serviceTier: 'standard',
};
const CONTENT_RESPONSE = {
  id: 'kO6XaOLRFuWvkdUPuZnZ8Ac',
  model: 'gemini-2.5-flash',
  finishReasons: ['STOP'],
};
const GATEWAY_RESPONSE = {
  id: 'r',
  model: 'gpt-4o-2024-08-06',
  upstream: 'azure',
  costUsd: 0.0042,
  finishReasons: ['stop'],
};
const COHERE_ID = 'c14c80c3-18eb-4519-9460-6c92edd8cfb4';

const STREAMS: readonly (readonly [
  title: string,
  format: WireFormat,
  text: string,
  usage: object,
  response: object,
])[] = [
  [
    'OpenAI chat',
    OPENAI_CHAT,
    stream(CHAT_FRAMES),
    CHAT_COUNTS,
    { ...CHAT_RESPONSE, finishReasons: ['stop'] },
  ],
  [
    'a tool call of OpenAI chat, with CRLF',
    OPENAI_CHAT,
    stream(TOOL_FRAMES, '\r\n'),
    CHAT_COUNTS,
    { ...CHAT_RESPONSE, finishReasons: ['tool_calls'] },
  ],
  [
    'reasoning in a dialect of OpenAI chat, with CR',
    OPENAI_CHAT,
    stream(REASONING_FRAMES, '\r'),
    CHAT_COUNTS,
    { ...CHAT_RESPONSE, finishReasons: ['stop'] },
  ],
  [
    'an OpenAI response',
    OPENAI_RESPONSES,
    stream(responseFrames('completed')),
    RESPONSE_COUNTS,
    {
      id: 'resp_67c9fdcecf488190bdd9a0409de3a1ec07b8b0ad4e5eb654',
      model: 'o4-mini-2025-04-16',
      serviceTier: 'flex',
      finishReasons: ['completed'],
    },
  ],
  [
    'an OpenAI response that hit a limit',
    OPENAI_RESPONSES,
    stream(responseFrames('incomplete', { incomplete_details: { reason: 'max_output_tokens' } })),
    RESPONSE_COUNTS,
    {
      id: 'resp_67c9fdcecf488190bdd9a0409de3a1ec07b8b0ad4e5eb654',
      model: 'o4-mini-2025-04-16',
      serviceTier: 'flex',
      finishReasons: ['max_output_tokens'],
    },
  ],
  [
    'an Anthropic message',
    ANTHROPIC_MESSAGES,
    stream(MESSAGE_FRAMES),
    MESSAGE_COUNTS,
    { ...MESSAGE_RESPONSE, finishReasons: ['end_turn'] },
  ],
  [
    'an Anthropic message that thinks and calls a tool, with CRLF',
    ANTHROPIC_MESSAGES,
    stream(TOOL_MESSAGE_FRAMES, '\r\n'),
    MESSAGE_COUNTS,
    { ...MESSAGE_RESPONSE, finishReasons: ['tool_use'] },
  ],
  ['Gemini', GEMINI, stream(CONTENT_FRAMES, '\r\n'), CONTENT_COUNTS, CONTENT_RESPONSE],
  ['a function call of Gemini', GEMINI, stream(FUNCTION_FRAMES), CONTENT_COUNTS, CONTENT_RESPONSE],
  ['Cohere', COHERE, stream(COHERE_FRAMES), COHERE_COUNTS, { id: COHERE_ID, finishReasons: ['COMPLETE'] }],
  [
    'a tool call of Cohere',
    COHERE,
    stream(COHERE_TOOL_FRAMES),
    COHERE_COUNTS,
    { id: COHERE_ID, finishReasons: ['TOOL_CALL'] },
  ],
  ["Vercel's gateway", VERCEL_GATEWAY, stream(GATEWAY_FRAMES), GATEWAY_COUNTS, GATEWAY_RESPONSE],
];

const BODIES: readonly (readonly [
  title: string,
  format: WireFormat,
  text: string,
  usage: object,
  response: object,
])[] = [
  [
    'OpenAI chat',
    OPENAI_CHAT,
    JSON.stringify(chatAnswer()),
    CHAT_COUNTS,
    { ...CHAT_RESPONSE, finishReasons: ['stop'] },
  ],
  [
    'an OpenAI response',
    OPENAI_RESPONSES,
    JSON.stringify(responseAnswer()),
    RESPONSE_COUNTS,
    {
      id: 'resp_67c9fdcecf488190bdd9a0409de3a1ec07b8b0ad4e5eb654',
      model: 'o4-mini-2025-04-16',
      serviceTier: 'flex',
      finishReasons: ['completed'],
    },
  ],
  [
    'an Anthropic message',
    ANTHROPIC_MESSAGES,
    JSON.stringify(messageAnswer()),
    MESSAGE_COUNTS,
    { ...MESSAGE_RESPONSE, finishReasons: ['end_turn'] },
  ],
  ['Gemini', GEMINI, JSON.stringify(CONTENT_ANSWER, null, 2), CONTENT_COUNTS, CONTENT_RESPONSE],
  ['Gemini as a streamed array', GEMINI, CONTENT_ARRAY.join(''), CONTENT_COUNTS, CONTENT_RESPONSE],
  [
    'Cohere',
    COHERE,
    JSON.stringify(COHERE_ANSWER),
    COHERE_COUNTS,
    { id: COHERE_ID, finishReasons: ['COMPLETE'] },
  ],
  ["Vercel's gateway", VERCEL_GATEWAY, JSON.stringify(gatewayAnswer()), GATEWAY_COUNTS, GATEWAY_RESPONSE],
  [
    'embeddings of OpenAI',
    EMBEDDINGS,
    JSON.stringify(EMBEDDINGS_ANSWER),
    { inputTokens: 8 },
    { model: 'text-embedding-3-small' },
  ],
  [
    'embeddings of Cohere',
    COHERE,
    JSON.stringify(COHERE_EMBEDDINGS),
    { inputTokens: 2 },
    { id: 'da6e531f-54c5-4a73-bf92-f60566d8d753' },
  ],
  [
    'version 1 of Cohere',
    COHERE,
    JSON.stringify(COHERE_V1_ANSWER),
    COHERE_COUNTS,
    { id: COHERE_ID, finishReasons: ['COMPLETE'] },
  ],
  [
    'a rerank of Cohere',
    RERANK,
    JSON.stringify(COHERE_RERANK),
    { searchUnits: 1 },
    { id: '07734bd2-2473-4f07-94e1-0d9f0e6843cf' },
  ],
  [
    'a rerank of Jina',
    RERANK,
    JSON.stringify({
      model: 'jina-reranker-v2-base-multilingual',
      usage: { total_tokens: 815 },
      results: [{ index: 0, relevance_score: 0.8783142566680908 }],
    }),
    { inputTokens: 815 },
    { model: 'jina-reranker-v2-base-multilingual' },
  ],
  [
    'multimodal embeddings of Voyage',
    EMBEDDINGS,
    JSON.stringify({
      object: 'list',
      data: [{ object: 'embedding', embedding: [0.027587891], index: 0 }],
      model: 'voyage-multimodal-3',
      usage: { text_tokens: 5, image_pixels: 2_000_000, total_tokens: 3_576 },
    }),
    { inputTokens: 3_576, inputImageTokens: 3_571 },
    { model: 'voyage-multimodal-3' },
  ],
  [
    'Ollama',
    OLLAMA,
    JSON.stringify(OLLAMA_ANSWER),
    OLLAMA_COUNTS,
    { model: 'llama3.2', finishReasons: ['stop'] },
  ],
  [
    'embeddings of Ollama',
    OLLAMA,
    JSON.stringify(OLLAMA_EMBEDDINGS),
    { inputTokens: 8, computeSeconds: 0.014143917 },
    { model: 'all-minilm' },
  ],
  ['embeddings of Vertex AI', GOOGLE_EMBEDDINGS, JSON.stringify(PREDICTIONS_ANSWER), { inputTokens: 6 }, {}],
];

const OLLAMA_RESPONSE = { model: 'llama3.2', finishReasons: ['stop'] };
const COHERE_RESPONSE = { id: COHERE_ID, finishReasons: ['COMPLETE'] };

const LINES: typeof STREAMS = [
  ['Ollama', OLLAMA, lines(OLLAMA_LINES), OLLAMA_COUNTS, OLLAMA_RESPONSE],
  ['a thought and a tool call of Ollama', OLLAMA, lines(OLLAMA_TOOL_LINES), OLLAMA_COUNTS, OLLAMA_RESPONSE],
  [
    'a completion of Ollama, with CRLF',
    OLLAMA,
    lines(OLLAMA_COMPLETION_LINES, '\r\n'),
    OLLAMA_COUNTS,
    OLLAMA_RESPONSE,
  ],
  [
    'Ollama without a line end at the end',
    OLLAMA,
    lines(OLLAMA_LINES).trimEnd(),
    OLLAMA_COUNTS,
    OLLAMA_RESPONSE,
  ],
  ['version 1 of Cohere', COHERE, lines(COHERE_V1_EVENTS), COHERE_COUNTS, COHERE_RESPONSE],
  [
    'a tool call of version 1 of Cohere',
    COHERE,
    lines(COHERE_V1_TOOL_EVENTS),
    COHERE_COUNTS,
    COHERE_RESPONSE,
  ],
];

describe('createLineReader()', () => {
  it.each(LINES)('reads %s in any pieces', (_title, format, text, usage, response) => {
    const expected = { usage, response, generated: true, isOver: true, error: undefined };
    fc.assert(
      fc.property(arbitraryCuts, (cuts) => {
        expect(read('lines', format, text, cuts)).toEqual(expected);
      }),
    );
    expect(read('lines', format, text, everyByte(Buffer.from(text)))).toEqual(expected);
  });

  it.each([
    ['Ollama', OLLAMA, OLLAMA_LINES],
    ['version 1 of Cohere', COHERE, COHERE_V1_EVENTS],
  ])('never says that a stream of %s is over that was cut off', (_title, format, documents) => {
    const { usage, generated, isOver } = read('lines', format, lines(documents.slice(0, -1)));
    expect({ usage, generated, isOver }).toEqual({ usage: undefined, generated: true, isOver: false });
  });

  it('reads an error of Ollama in the middle of a stream', () => {
    const error = 'an error was encountered while running the model: CUDA error';
    expect(read('lines', OLLAMA, lines([...OLLAMA_LINES.slice(0, 2), { error }]))).toMatchObject({
      error,
      isOver: false,
    });
  });

  it('counts nothing for a model that Ollama only loads', () => {
    const { usage, response } = read('lines', OLLAMA, lines([OLLAMA_LOADED]));
    expect({ usage, response }).toEqual({
      usage: {},
      response: { model: 'llama3.2', costUsd: 0, finishReasons: ['load'] },
    });
  });

  it('takes the end of an old Ollama, which gives no reason', () => {
    const old = OLLAMA_LINES.map((line) => ({ ...line, done_reason: undefined }));
    expect(read('lines', OLLAMA, lines(old))).toMatchObject({ usage: OLLAMA_COUNTS, isOver: true });
  });

  it('sees no output in the first event of version 1 of Cohere', () => {
    expect(read('lines', COHERE, lines(COHERE_V1_EVENTS.slice(0, 1))).generated).toBe(false);
  });

  it('reads the end of a stream of Cohere that repeats a megabyte of text', () => {
    const [end] = COHERE_V1_EVENTS.slice(-1);
    const long = { ...end, response: { ...COHERE_V1_ANSWER, text: 'x'.repeat(1_000_000) } };
    const text = lines([...COHERE_V1_EVENTS.slice(0, -1), long]);
    const cuts = Array.from({ length: 100 }, (_, index) => index * 16_384);
    expect(read('lines', COHERE, text, cuts)).toMatchObject({
      usage: COHERE_COUNTS,
      response: COHERE_RESPONSE,
      isOver: true,
    });
  });

  it('reads version 1 of Cohere as server-sent events too', () => {
    expect(read('events', COHERE, stream(dataFrames(COHERE_V1_EVENTS)))).toEqual({
      usage: COHERE_COUNTS,
      response: COHERE_RESPONSE,
      generated: true,
      isOver: true,
      error: undefined,
    });
  });
});

describe('createEventReader()', () => {
  describe('with a stream in any pieces', () => {
    it.each(STREAMS)('reads %s', (_title, format, text, usage, response) => {
      const expected = { usage, response, generated: true, isOver: true, error: undefined };
      fc.assert(
        fc.property(arbitraryCuts, (cuts) => {
          expect(read('events', format, text, cuts)).toEqual(expected);
        }),
      );
    });
  });

  describe('with a stream that was cut off', () => {
    it('never says that it is over, and keeps the input that Anthropic counts first', () => {
      const text = stream(MESSAGE_FRAMES.slice(0, 4));
      expect(read('events', ANTHROPIC_MESSAGES, text)).toEqual({
        usage: { ...MESSAGE_COUNTS, outputTokens: 1 },
        response: MESSAGE_RESPONSE,
        generated: true,
        isOver: false,
        error: undefined,
      });
    });

    it('keeps the last running usage of Gemini', () => {
      const { usage, isOver } = read('events', GEMINI, stream(CONTENT_FRAMES.slice(0, 3)));
      expect({ usage, isOver }).toEqual({
        usage: { ...CONTENT_COUNTS, outputTokens: 49 },
        isOver: false,
      });
    });
  });

  describe('with usage in unusual places', () => {
    const text = chatChunk({ content: 'x' });
    const usageOf = (chunks: readonly object[]): unknown =>
      read('events', OPENAI_CHAT, stream(dataFrames([text, ...chunks], '[DONE]'))).usage;

    it('takes the last of a running usage', () => {
      const running = [3, 4, 46].map((completion_tokens) =>
        chatChunk({ content: 'y' }, null, { usage: { ...CHAT_USAGE, completion_tokens } }),
      );
      expect(usageOf(running)).toEqual(CHAT_COUNTS);
    });

    it('takes a usage that is smaller but later', () => {
      const early = chatChunk({ content: 'y' }, 'stop', { usage: { ...CHAT_USAGE, completion_tokens: 99 } });
      const late = chatChunk({ content: '' }, null, { usage: CHAT_USAGE });
      expect(usageOf([early, late])).toEqual(CHAT_COUNTS);
    });

    it('takes it from a choice, as Moonshot reports it', () => {
      const choice = { index: 0, delta: {}, finish_reason: 'stop', usage: CHAT_USAGE };
      expect(usageOf([{ choices: [choice] }])).toEqual(CHAT_COUNTS);
    });

    it('takes it from `x_groq`', () => {
      const chunk = chatChunk({}, 'stop', { x_groq: { id: 'req_01', usage: CHAT_USAGE } });
      expect(usageOf([chunk])).toEqual(CHAT_COUNTS);
    });

    it('is not misled by what the model says', () => {
      const said = chatChunk({ content: '"usage":{"prompt_tokens":1,"completion_tokens":1}' });
      expect(usageOf([said])).toBe(undefined);
    });
  });

  describe('with Anthropic counting the input again at the end', () => {
    it('takes the later count of each member', () => {
      const usage = { output_tokens: 89, input_tokens: 100, cache_read_input_tokens: 9_000 };
      const end = namedFrames([{ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage }]);
      const text = stream([...MESSAGE_FRAMES.slice(0, 4), ...end]);
      expect(read('events', ANTHROPIC_MESSAGES, text).usage).toEqual({
        ...MESSAGE_COUNTS,
        inputTokens: 10_300,
        cacheReadTokens: 9_000,
      });
    });
  });

  describe('with events that carry no generated token', () => {
    const quiet: readonly (readonly [string, WireFormat, readonly string[]])[] = [
      ['a role', OPENAI_CHAT, dataFrames([chatChunk({ role: 'assistant', content: '' })])],
      [
        'the content filter of Azure',
        OPENAI_CHAT,
        dataFrames([{ choices: [], prompt_filter_results: [{}] }]),
      ],
      ['the frame of a response', OPENAI_RESPONSES, responseFrames('completed').slice(0, 4)],
      ['the frame of a message and a ping', ANTHROPIC_MESSAGES, TOOL_MESSAGE_FRAMES.slice(0, 3)],
      ['a thought signature', GEMINI, CONTENT_FRAMES.slice(0, 1)],
      ['the frame of a Cohere message', COHERE, COHERE_FRAMES.slice(0, 2)],
    ];
    it.each(quiet)('waits on after %s', (_title, format, frames) => {
      expect(read('events', format, stream(frames)).generated).toBe(false);
    });
  });

  describe('with each channel a first token can come by', () => {
    const loud: readonly (readonly [string, WireFormat, object])[] = [
      ['text', OPENAI_CHAT, chatChunk({ content: '\n' })],
      ['text of a completion', OPENAI_CHAT, { choices: [{ index: 0, text: 'x' }] }],
      [
        'a list of contents of Mistral',
        OPENAI_CHAT,
        chatChunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'x' }] }] }),
      ],
      ['reasoning of DeepSeek', OPENAI_CHAT, chatChunk({ reasoning_content: 'x' })],
      ['reasoning of OpenRouter', OPENAI_CHAT, chatChunk({ reasoning: 'x', reasoning_details: [{}] })],
      ['a refusal', OPENAI_CHAT, chatChunk({ refusal: 'x' })],
      ['audio', OPENAI_CHAT, chatChunk({ audio: { id: 'a', data: 'UklGRg==' } })],
      [
        'the name of a tool',
        OPENAI_CHAT,
        chatChunk({ tool_calls: [{ index: 0, function: { name: 'f', arguments: '' } }] }),
      ],
      [
        'arguments of a tool call',
        OPENAI_CHAT,
        chatChunk({ tool_calls: [{ index: 0, function: { arguments: '{' } }] }),
      ],
      ['arguments of a function call', OPENAI_CHAT, chatChunk({ function_call: { arguments: '{' } })],
      [
        'a summary of reasoning',
        OPENAI_RESPONSES,
        { type: 'response.reasoning_summary_text.delta', delta: 'x' },
      ],
      [
        'arguments of a function call in a response',
        OPENAI_RESPONSES,
        { type: 'response.function_call_arguments.delta', delta: '{' },
      ],
      [
        'half an image',
        OPENAI_RESPONSES,
        { type: 'response.image_generation_call.partial_image', partial_image_b64: 'x' },
      ],
      [
        'hidden thinking of Anthropic',
        ANTHROPIC_MESSAGES,
        { type: 'content_block_start', content_block: { type: 'redacted_thinking', data: 'x' } },
      ],
      ['a plan of Cohere', COHERE, { type: 'tool-plan-delta', delta: { message: { tool_plan: 'x' } } }],
      [
        'thinking of Cohere',
        COHERE,
        { type: 'content-delta', delta: { message: { content: { thinking: 'x' } } } },
      ],
      ['a word that was heard', OPENAI_MEDIA, { type: 'transcript.text.delta', delta: 'x' }],
      ['a piece of speech', OPENAI_MEDIA, { type: 'speech.audio.delta', audio: 'x' }],
    ];
    it('hears the start of a tool call of Cohere', () => {
      const frames = COHERE_TOOL_FRAMES.slice(0, 2);
      expect(read('events', COHERE, stream(frames)).generated).toBe(true);
    });
    it.each(loud)('hears %s', (_title, format, event) => {
      expect(read('events', format, stream(dataFrames([event]))).generated).toBe(true);
    });
  });

  describe('with an error in the stream', () => {
    const error = { code: 'x', message: 'y' };
    const broken: readonly (readonly [string, WireFormat, readonly string[], unknown])[] = [
      ['OpenAI', OPENAI_CHAT, dataFrames([chatChunk({ content: 'x' }), { error }]), error],
      ['Groq', OPENAI_CHAT, dataFrames([chatChunk({ content: 'x' }), { x_groq: { error: 'gone' } }]), 'gone'],
      ['a response', OPENAI_RESPONSES, responseFrames('failed', { error }), error],
      [
        'an event of its own',
        OPENAI_RESPONSES,
        namedFrames([{ type: 'error', ...error }]),
        { type: 'error', ...error },
      ],
      [
        'Anthropic',
        ANTHROPIC_MESSAGES,
        OVERLOADED_FRAMES,
        { type: 'overloaded_error', message: 'Overloaded' },
      ],
      ['Gemini', GEMINI, dataFrames([...CONTENT_FRAMES.slice(0, 0), { error }]), error],
      ['Cohere', COHERE, namedFrames([{ type: 'message-end', delta: { error: 'gone' } }]), 'gone'],
    ];
    it.each(broken)('reads it as %s writes it', (_title, format, frames, expected) => {
      expect(read('events', format, stream(frames)).error).toEqual(expected);
    });
  });

  describe('with malformed events', () => {
    it('reads those around them', () => {
      const frames = ['data: {"choices":', 'data: [1]', 'data: null', ...CHAT_FRAMES];
      expect(read('events', OPENAI_CHAT, stream(frames))).toMatchObject({ usage: CHAT_COUNTS, isOver: true });
    });
  });

  describe('with an image of two megabytes in an event', () => {
    it('reads the usage beside it', () => {
      const b64_json = 'iVBORw0KGgo'.repeat(200_000);
      const usage = { input_tokens: 50, output_tokens: 1_056, total_tokens: 1_106 };
      const frames = namedFrames([
        { type: 'image_generation.partial_image', b64_json, partial_image_index: 0 },
        { type: 'image_generation.completed', b64_json, usage },
      ]);
      const cuts = Array.from({ length: 300 }, (_, index) => index * 16_384);
      expect(read('events', OPENAI_MEDIA, stream(frames), cuts)).toEqual({
        usage: { inputTokens: 50, outputTokens: 1_056 },
        response: {},
        generated: true,
        isOver: true,
        error: undefined,
      });
    });
  });
});

describe('createJsonReader()', () => {
  describe('with a body in any pieces', () => {
    it.each(BODIES)('reads %s', (_title, format, text, usage, response) => {
      fc.assert(
        fc.property(arbitraryCuts, (cuts) => {
          const { usage: counted, response: said, error } = read('json', format, text, cuts);
          expect({ counted, said, error }).toEqual({ counted: usage, said: response, error: undefined });
        }),
      );
    });
  });

  describe('with the elements of an array', () => {
    it('sees the first token before the array ends', () => {
      expect(generatedAfter(GEMINI, CONTENT_ARRAY)).toEqual([false, true, true, true, true]);
    });
  });

  describe('with searches that the provider ran', () => {
    it('counts them, but not the pages that were opened', () => {
      const output = [
        { type: 'web_search_call', action: { type: 'search', query: 'q' } },
        { type: 'web_search_call', action: { type: 'open_page' } },
        { type: 'web_search_call' },
        { type: 'message', content: [] },
      ];
      expect(read('json', OPENAI_RESPONSES, JSON.stringify(responseAnswer({ output }))).usage).toEqual({
        ...RESPONSE_COUNTS,
        webSearches: 2,
      });
    });
  });

  describe('with a cost that the provider reports', () => {
    const costOf = (usage: object): unknown => {
      const text = JSON.stringify(chatAnswer({ usage: { ...CHAT_USAGE, ...usage } }));
      return Object(read('json', OPENAI_CHAT, text).response).costUsd;
    };

    it.each([
      ['OpenRouter', { cost: 0.0042, is_byok: false }, 0.0042],
      [
        'OpenRouter with a key of the user',
        { cost: 0.001, is_byok: true, cost_details: { upstream_inference_cost: 0.02 } },
        0.021,
      ],
      [
        'OpenRouter with a key of the user, in older answers',
        { cost: 0.95, cost_details: { upstream_inference_cost: 19 } },
        19.95,
      ],
      [
        'OpenRouter, which is also the charge of its provider',
        { cost: 0.0042, cost_details: { upstream_inference_cost: 0.0042 } },
        0.0042,
      ],
      ['Perplexity', { cost: { input_tokens_cost: 0.001, request_cost: 0.005, total_cost: 0.006 } }, 0.006],
      ['xAI', { cost_in_usd_ticks: 232_856_000 }, 0.0232856],
    ])('takes that of %s', (_title, usage, costUsd) => {
      expect(costOf(usage)).toBeCloseTo(costUsd, 12);
    });

    it.each([
      ['is negative', { cost: -1 }],
      ['is no number', { cost: 'free' }],
      ["is only OpenRouter's fee", { cost: 0.001, is_byok: true }],
    ])('takes none that %s', (_title, usage) => {
      expect(costOf(usage)).toBeUndefined();
    });
  });
});
