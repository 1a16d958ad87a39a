import OpenAI from 'openai';
import type { RequestHandle } from '../../lib/requests/handle.js';
import { observeRequest } from '../../lib/requests/observe-request.js';
import { createFakeDeps, createFakeRecorder } from '../support/fake-recorder.js';
import { events, json, type ProviderServer, startProviderServer } from '../support/provider-server.js';

const COMPLETION = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'gpt-4o',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello' } }],
  usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
};
const frame = (content: string) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', model: 'gpt-4o', choices: [{ index: 0, delta: { role: 'assistant', content } }] })}`;
const FRAMES = [frame('He'), frame('llo')];
const DONE = 'data: [DONE]';
const BODY = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'Hi' }] };

describe('observeRequest() with the OpenAI client', () => {
  let server: ProviderServer;
  let client: OpenAI;
  beforeAll(async () => {
    server = await startProviderServer();
    client = new OpenAI({ apiKey: 'sk-test', baseURL: `${server.url}/v1`, maxRetries: 0 });
  });
  afterAll(() => server.close());

  function setUp() {
    const recorder = createFakeRecorder();
    const deps = createFakeDeps();
    const observe = <T>(fn: (request: RequestHandle) => T): T =>
      observeRequest({ provider: 'openai', model: 'gpt-4o' }, fn, recorder, deps);
    const state = () => [...recorder.callsOf('request').map((call) => call[3]), recorder.active];
    const create = () => observe(() => client.chat.completions.create(BODY));
    const stream = () => observe(() => client.chat.completions.create({ ...BODY, stream: true }));
    return { observe, state, create, stream };
  }

  const textOf = async (stream: AsyncIterable<OpenAI.ChatCompletionChunk>) => {
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    return text;
  };

  it('answers as ever', async () => {
    const { create, state } = setUp();
    server.answerWith(json(COMPLETION));
    expect((await create()).choices[0]?.message.content).toBe('Hello');
    expect(state()).toEqual(['success', 0]);
  });

  it('keeps withResponse()', async () => {
    const { create, state } = setUp();
    server.answerWith(json(COMPLETION));
    const { data, response, request_id } = await create().withResponse();
    expect([data.id, response.status, request_id]).toEqual(['chatcmpl-1', 200, 'req_1']);
    expect(state()).toEqual(['success', 0]);
  });

  it('keeps asResponse(), with the body unread', async () => {
    const { create, state } = setUp();
    server.answerWith(json(COMPLETION));
    const response = await create().asResponse();
    expect(response.bodyUsed).toBe(false);
    expect(await response.json()).toEqual(COMPLETION);
    expect(state()).toEqual(['success', 0]);
  });

  it('keeps its errors', async () => {
    const { create, state } = setUp();
    server.answerWith(
      json({ error: { message: 'x', type: 'insufficient_quota', code: 'insufficient_quota' } }, 429),
    );
    const error = await create().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect(state()).toEqual(['quota_exceeded', 0]);
  });

  it('keeps the stream, which ends when it has been read', async () => {
    const { stream, state } = setUp();
    server.answerWith(events([...FRAMES, DONE]));
    const chunks = await stream();
    expect(chunks.controller.signal.aborted).toBe(false);
    expect(state()).toEqual([1]);
    expect(await textOf(chunks)).toBe('Hello');
    expect(state()).toEqual(['success', 0]);
  });

  it('keeps tee()', async () => {
    const { stream, state } = setUp();
    server.answerWith(events([...FRAMES, DONE]));
    const [left, right] = (await stream()).tee();
    expect(await Promise.all([textOf(left), textOf(right)])).toEqual(['Hello', 'Hello']);
    expect(state()).toEqual(['success', 0]);
  });

  it('keeps toReadableStream()', async () => {
    const { stream, state } = setUp();
    server.answerWith(events([...FRAMES, DONE]));
    const text = await new Response((await stream()).toReadableStream()).text();
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).choices[0].delta.content),
    ).toEqual(['He', 'llo']);
    expect(state()).toEqual(['success', 0]);
  });

  it('keeps controller.abort(), which cancels', async () => {
    const { stream, state } = setUp();
    server.answerWith(events(FRAMES, 'hang'));
    const chunks = await stream();
    for await (const _ of chunks) chunks.controller.abort();
    expect(state()).toEqual(['client_cancelled', 0]);
  });

  it('is cancelled by break', async () => {
    const { stream, state } = setUp();
    server.answerWith(events(FRAMES, 'hang'));
    const chunks = await stream();
    for await (const _ of chunks) break;
    expect([chunks.controller.signal.aborted, ...state()]).toEqual([true, 'client_cancelled', 0]);
  });

  it('tells of a connection that broke off midway', async () => {
    const { stream, state } = setUp();
    server.answerWith(events(FRAMES, 'break'));
    const chunks = await stream();
    await expect(textOf(chunks)).rejects.toThrow('terminated');
    expect(state()).toEqual(['stream_interrupted', 0]);
  });

  it('tells of an error frame midway by its code', async () => {
    const { stream, state } = setUp();
    server.answerWith(events([...FRAMES, 'data: {"error":{"message":"x","code":"server_error"}}']));
    const chunks = await stream();
    await expect(textOf(chunks)).rejects.toBeInstanceOf(OpenAI.APIError);
    expect(state()).toEqual(['server_error', 0]);
  });

  it('is cancelled by a signal before the answer', async () => {
    const { observe, state } = setUp();
    server.answerWith(() => undefined);
    const controller = new AbortController();
    const call = observe(() => client.chat.completions.create(BODY, { signal: controller.signal }));
    controller.abort();
    await expect(call).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    expect(state()).toEqual(['client_cancelled', 0]);
  });

  it('tells of a refused connection', async () => {
    const { observe, state } = setUp();
    const nowhere = new OpenAI({ apiKey: 'sk-test', baseURL: 'http://127.0.0.1:9/v1', maxRetries: 0 });
    await expect(observe(() => nowhere.chat.completions.create(BODY))).rejects.toBeInstanceOf(
      OpenAI.APIConnectionError,
    );
    expect(state()).toEqual(['network', 0]);
  });

  it('follows the runner of chat.completions.stream(), which reads by itself', async () => {
    const { observe, state } = setUp();
    server.answerWith(
      events([...FRAMES, frame('').replace('"delta"', '"finish_reason":"stop","delta"'), DONE]),
    );
    const runner = observe(() => client.chat.completions.stream(BODY));
    expect(state()).toEqual([1]);
    expect(await runner.finalContent()).toBe('Hello');
    expect(state()).toEqual(['success', 0]);
  });
});
