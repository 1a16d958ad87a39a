import { HumanMessage } from '@langchain/core/messages';
import { ChatOllama, OllamaEmbeddings } from '@langchain/ollama';
import { embed, generateText, streamText } from 'ai';
import { Ollama } from 'ollama';
import { createOllama } from 'ollama-ai-provider-v2';
import {
  type FetchHarness,
  type Recorded,
  type RequestRecord,
  recordedOnce,
  startFetchHarness,
} from '../../support/fetch-harness.js';
import { json, type Reply } from '../../support/providers/loopback.js';
import {
  lines,
  OLLAMA_ANSWER,
  OLLAMA_COMPLETION_LINES,
  OLLAMA_COUNTS,
  OLLAMA_EMBEDDINGS,
  OLLAMA_LINES,
  OLLAMA_LOADED,
  OLLAMA_TOOL_LINES,
} from '../../support/providers/ollama.js';

const HOST = 'http://localhost:11434';
const REQUEST: RequestRecord = {
  provider: 'ollama',
  model: 'llama3.2',
  outcome: 'success',
  operation: 'chat',
  streamed: false,
  answeredBy: 'llama3.2',
  finishReasons: ['stop'],
};
const ONE: Recorded = recordedOnce(REQUEST, OLLAMA_COUNTS);
const STREAMED: Recorded = { ...ONE, requests: [{ ...REQUEST, streamed: true }], firstTokens: 1 };
const EMBEDDED: Recorded = recordedOnce(
  {
    ...REQUEST,
    model: 'all-minilm',
    answeredBy: 'all-minilm',
    operation: 'embeddings',
    finishReasons: undefined,
  },
  { inputTokens: 8, computeSeconds: 0.014143917 },
);
const MESSAGES = [{ role: 'user', content: 'Hi' }];
const [FIRST] = OLLAMA_LINES;
/** Streams that do not end well. */
const FAILURES: readonly (readonly [title: string, reply: Reply, outcome: string])[] = [
  ['is refused', json({ error: "model 'llama3.2' not found" }, 404), 'not_found'],
  [
    'has an error in the middle',
    lines([FIRST, { error: 'llama runner process has terminated' }]),
    'api_error',
  ],
  ['is aborted', lines([FIRST], { ending: 'hang' }), 'client_cancelled'],
];

let harness: FetchHarness;
let fetch: typeof globalThis.fetch;
beforeAll(async () => {
  harness = await startFetchHarness();
  fetch = harness.instrument({ hosts: { 'localhost:11434': { provider: 'ollama' } } });
});
afterEach(() => harness.reset());
afterAll(() => harness.close());

describe('the Ollama client', () => {
  const ollama = (): Ollama => new Ollama({ host: HOST, fetch });

  it('gets its answer, and it is recorded', async () => {
    harness.loopback.reply(json(OLLAMA_ANSWER));
    expect(await ollama().chat({ model: 'llama3.2', messages: MESSAGES })).toEqual(OLLAMA_ANSWER);
    expect(harness.recorded()).toEqual(ONE);
  });

  it.each([
    ['text', OLLAMA_LINES],
    ['a thought and a tool call', OLLAMA_TOOL_LINES],
  ])('gets every line of a stream of %s', async (_title, documents) => {
    harness.loopback.reply(lines(documents));
    const seen: unknown[] = [];
    const stream = await ollama().chat({ model: 'llama3.2', messages: MESSAGES, stream: true });
    for await (const part of stream) seen.push(part);
    expect(seen).toEqual(JSON.parse(JSON.stringify(documents)));
    expect(harness.recorded()).toEqual(STREAMED);
  });

  it('gets every line of a completion', async () => {
    harness.loopback.reply(lines(OLLAMA_COMPLETION_LINES));
    let text = '';
    const stream = await ollama().generate({ model: 'llama3.2', prompt: 'Hi', stream: true });
    for await (const { response } of stream) text += response;
    expect(text).toBe('The sky');
    expect(harness.recorded()).toEqual({
      ...STREAMED,
      requests: [{ ...REQUEST, operation: 'text_completion', streamed: true }],
    });
  });

  it('counts embeddings', async () => {
    harness.loopback.reply(json(OLLAMA_EMBEDDINGS));
    await ollama().embed({ model: 'all-minilm', input: 'Hi' });
    expect(harness.recorded()).toEqual(EMBEDDED);
  });

  it('says that the older embeddings report no usage', async () => {
    harness.loopback.reply(json({ embedding: [0.5] }));
    await ollama().embeddings({ model: 'all-minilm', prompt: 'Hi' });
    const [request] = EMBEDDED.requests;
    expect(harness.recorded()).toEqual({
      ...EMBEDDED,
      requests: [{ ...request, answeredBy: undefined }],
      usage: [],
      usageMissing: 1,
    });
  });

  it('counts no tokens for a call that only loads a model', async () => {
    harness.loopback.reply(json(OLLAMA_LOADED));
    await ollama().chat({ model: 'llama3.2', messages: [] });
    expect(harness.recorded()).toEqual({
      ...ONE,
      requests: [{ ...REQUEST, finishReasons: ['load'] }],
      usage: [{}],
    });
    expect(harness.recorder.callsOf('unpriced')).toEqual([]);
  });

  it('gets the error in the middle of a stream, and the request has failed', async () => {
    harness.loopback.reply(lines([FIRST, { error: 'llama runner process has terminated' }]));
    const stream = await ollama().chat({ model: 'llama3.2', messages: MESSAGES, stream: true });
    const read = async (): Promise<void> => {
      for await (const _ of stream);
    };
    await expect(read()).rejects.toThrow('llama runner process has terminated');
    const request = { ...REQUEST, streamed: true, outcome: 'api_error', finishReasons: undefined };
    expect(harness.recorded()).toEqual({ ...STREAMED, requests: [request], usage: [] });
  });

  it('throws for an unknown model what it always throws', async () => {
    harness.loopback.reply(json({ error: "model 'llama3.2' not found" }, 404));
    const call = ollama().chat({ model: 'llama3.2', messages: MESSAGES });
    await expect(call).rejects.toThrow("model 'llama3.2' not found");
    const request = { ...REQUEST, outcome: 'not_found', answeredBy: undefined, finishReasons: undefined };
    expect(harness.recorded()).toEqual({ ...ONE, requests: [request], usage: [] });
  });

  it('is cancelled when it aborts a stream', async () => {
    harness.loopback.reply(lines([FIRST], { ending: 'hang' }));
    const client = ollama();
    const stream = await client.chat({ model: 'llama3.2', messages: MESSAGES, stream: true });
    const read = async (): Promise<void> => {
      for await (const _ of stream) client.abort();
    };
    await expect(read()).rejects.toThrow('aborted');
    const request = { ...REQUEST, streamed: true, outcome: 'client_cancelled', finishReasons: undefined };
    expect(harness.recorded()).toEqual({ ...STREAMED, requests: [request], usage: [] });
  });

  it('is interrupted where a stream is cut off', async () => {
    harness.loopback.reply(lines([FIRST]));
    const stream = await ollama().chat({ model: 'llama3.2', messages: MESSAGES, stream: true });
    const read = async (): Promise<void> => {
      for await (const _ of stream);
    };
    await expect(read()).rejects.toThrow('Did not receive done');
    const request = { ...REQUEST, streamed: true, outcome: 'stream_interrupted', finishReasons: undefined };
    expect(harness.recorded()).toEqual({ ...STREAMED, requests: [request], usage: [] });
  });
});

describe('a call without a client', () => {
  const post = (body: object): Promise<Response> =>
    fetch(`${HOST}/api/chat`, { method: 'POST', body: JSON.stringify({ model: 'llama3.2', ...body }) });

  it('is streamed if it does not say otherwise', async () => {
    harness.loopback.reply(lines(OLLAMA_LINES));
    expect(await (await post({ messages: MESSAGES })).text()).toBe(
      OLLAMA_LINES.map((line) => `${JSON.stringify(line)}\n`).join(''),
    );
    expect(harness.recorded()).toEqual(STREAMED);
  });

  it.each(['application/json', 'text/plain', ''])(
    'is read by lines from a proxy that says %j',
    async (type) => {
      harness.loopback.reply(lines(OLLAMA_LINES, { headers: type === '' ? {} : { 'content-type': type } }));
      await (await post({ messages: MESSAGES })).text();
      expect(harness.recorded()).toEqual(STREAMED);
    },
  );

  it('may load a model, whose answer is one document', async () => {
    harness.loopback.reply(json(OLLAMA_LOADED));
    await (await post({})).json();
    expect(harness.recorded()).toMatchObject({
      requests: [{ outcome: 'success', finishReasons: ['load'] }],
      usageMissing: 0,
    });
  });

  it('is not found where it pulls a model', async () => {
    harness.loopback.reply(lines([{ status: 'success' }]));
    await (await fetch(`${HOST}/api/pull`, { method: 'POST', body: '{"model":"llama3.2"}' })).text();
    expect(harness.recorded().requests).toEqual([]);
  });
});

describe('LangChain', () => {
  it('gets its answer, and it is recorded', async () => {
    harness.loopback.reply(lines(OLLAMA_LINES));
    const model = new ChatOllama({ baseUrl: HOST, fetch, model: 'llama3.2', maxRetries: 0 });
    const answer = await model.invoke([new HumanMessage('Hi')]);
    expect(answer).toMatchObject({ content: 'Hi', usage_metadata: { output_tokens: 290 } });
    expect(harness.recorded()).toEqual(STREAMED);
  });

  // It looks at a signal between two lines only, and closes no connection.
  it.each(FAILURES.slice(0, 2))('has the outcome of a stream that %s', async (_title, reply, outcome) => {
    harness.loopback.reply(reply);
    const model = new ChatOllama({ baseUrl: HOST, fetch, model: 'llama3.2', maxRetries: 0 });
    const read = async (): Promise<void> => {
      for await (const _chunk of await model.stream([new HumanMessage('Hi')]));
    };
    await expect(read()).rejects.toThrow();
    expect(harness.recorded()).toMatchObject({ requests: [{ outcome }], usage: [], active: 0 });
  });

  it('counts embeddings', async () => {
    harness.loopback.reply(json(OLLAMA_EMBEDDINGS));
    const model = new OllamaEmbeddings({ baseUrl: HOST, fetch, model: 'all-minilm', maxRetries: 0 });
    expect(await model.embedQuery('Hi')).toEqual(OLLAMA_EMBEDDINGS.embeddings[0]);
    expect(harness.recorded()).toEqual(EMBEDDED);
  });
});

describe("the AI SDK's provider", () => {
  const ollama = (): ReturnType<typeof createOllama> => createOllama({ baseURL: `${HOST}/api`, fetch });

  it('gets its answer, and it is recorded', async () => {
    harness.loopback.reply(json(OLLAMA_ANSWER));
    const { text, usage } = await generateText({ model: ollama()('llama3.2'), prompt: 'Hi', maxRetries: 0 });
    expect([text, usage.inputTokens, usage.outputTokens]).toEqual(['Hi', 26, 290]);
    expect(harness.recorded()).toEqual(ONE);
  });

  it('gets a stream', async () => {
    harness.loopback.reply(lines(OLLAMA_LINES));
    const result = streamText({ model: ollama()('llama3.2'), prompt: 'Hi', maxRetries: 0 });
    let text = '';
    for await (const part of result.textStream) text += part;
    expect(text).toBe('Hi');
    expect(harness.recorded()).toEqual(STREAMED);
  });

  it.each(FAILURES)('has the outcome of a stream that %s', async (_title, reply, outcome) => {
    harness.loopback.reply(reply);
    // It warns of a line that is an error.
    const warn = jest.spyOn(console, 'warn').mockImplementation();
    const controller = new AbortController();
    const { textStream } = streamText({
      model: ollama()('llama3.2'),
      prompt: 'Hi',
      maxRetries: 0,
      abortSignal: controller.signal,
      onError: () => undefined,
    });
    for await (const _piece of textStream) if (outcome === 'client_cancelled') controller.abort();
    warn.mockRestore();
    expect(harness.recorded()).toMatchObject({ requests: [{ outcome }], usage: [], active: 0 });
  });

  it('counts embeddings', async () => {
    harness.loopback.reply(json(OLLAMA_EMBEDDINGS));
    const { usage } = await embed({
      model: ollama().embeddingModel('all-minilm'),
      value: 'Hi',
      maxRetries: 0,
    });
    expect(usage.tokens).toBe(8);
    expect(harness.recorded()).toEqual(EMBEDDED);
  });
});
