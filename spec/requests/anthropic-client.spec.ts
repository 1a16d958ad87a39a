import Anthropic from '@anthropic-ai/sdk';
import type { RequestHandle } from '../../lib/requests/handle.js';
import { observeRequest } from '../../lib/requests/observe-request.js';
import { createFakeDeps, createFakeRecorder } from '../support/fake-recorder.js';
import { events, json, type ProviderServer, startProviderServer } from '../support/provider-server.js';

const MESSAGE = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-test',
  content: [{ type: 'text', text: 'Hello' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 9, output_tokens: 2 },
};
const event = (type: string, fields: object) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}`;
const FRAMES = [
  event('message_start', { message: { ...MESSAGE, content: [], stop_reason: null } }),
  event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
  event('ping', {}),
  event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Hello' } }),
];
const LAST_FRAMES = [
  event('content_block_stop', { index: 0 }),
  event('message_delta', {
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 2 },
  }),
  event('message_stop', {}),
];
const OVERLOADED = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
const BODY = {
  model: 'claude-test',
  max_tokens: 9,
  messages: [{ role: 'user' as const, content: 'Hi' }],
};

describe('observeRequest() with the Anthropic client', () => {
  let server: ProviderServer;
  let client: Anthropic;
  beforeAll(async () => {
    server = await startProviderServer();
    client = new Anthropic({ apiKey: 'sk-test', baseURL: server.url, maxRetries: 0 });
  });
  afterAll(() => server.close());

  function setUp() {
    const recorder = createFakeRecorder();
    const deps = createFakeDeps();
    const observe = <T>(fn: (request: RequestHandle) => T): T =>
      observeRequest({ provider: 'anthropic', model: 'claude-test' }, fn, recorder, deps);
    const state = () => [...recorder.callsOf('request').map((call) => call[3]), recorder.active];
    const create = () => observe(() => client.messages.create(BODY));
    const stream = () => observe(() => client.messages.create({ ...BODY, stream: true }));
    const runner = () => observe(() => client.messages.stream(BODY));
    return { state, create, stream, runner };
  }

  it('keeps withResponse() and asResponse()', async () => {
    const { create, state } = setUp();
    server.answerWith(json(MESSAGE));
    const { data, response } = await create().withResponse();
    expect([data.id, response.status]).toEqual(['msg_1', 200]);
    expect(await (await create().asResponse()).json()).toEqual(MESSAGE);
    expect(state()).toEqual(['success', 'success', 0]);
  });

  it('keeps its errors', async () => {
    const { create, state } = setUp();
    server.answerWith(json(OVERLOADED, 529));
    await expect(create()).rejects.toBeInstanceOf(Anthropic.APIError);
    expect(state()).toEqual(['overloaded', 0]);
  });

  it('keeps the stream with all its methods', async () => {
    const { stream, state } = setUp();
    server.answerWith(events([...FRAMES, ...LAST_FRAMES]));
    const [left, right] = (await stream()).tee();
    const types = async (branch: typeof left) => {
      const seen: string[] = [];
      for await (const { type } of branch) seen.push(type);
      return seen;
    };
    const [first, second] = await Promise.all([types(left), types(right)]);
    expect([first.at(0), first.at(-1), second]).toEqual(['message_start', 'message_stop', first]);
    expect(state()).toEqual(['success', 0]);
  });

  it('tells of an error event midway by its type', async () => {
    const { stream, state } = setUp();
    server.answerWith(events([...FRAMES, `event: error\ndata: ${JSON.stringify(OVERLOADED)}`]));
    const read = async () => {
      for await (const _ of await stream());
    };
    await expect(read()).rejects.toBeInstanceOf(Anthropic.APIError);
    expect(state()).toEqual(['overloaded', 0]);
  });

  describe('and messages.stream(), which reads by itself', () => {
    it('ends with the final message', async () => {
      const { runner, state } = setUp();
      server.answerWith(events([...FRAMES, ...LAST_FRAMES]));
      const stream = runner();
      expect(state()).toEqual([1]);
      expect((await stream.finalMessage()).stop_reason).toBe('end_turn');
      expect(state()).toEqual(['success', 0]);
    });

    it('is cancelled by abort()', async () => {
      const { runner, state } = setUp();
      server.answerWith(events(FRAMES, 'hang'));
      const stream = runner();
      stream.on('text', () => stream.abort());
      await expect(stream.done()).rejects.toBeInstanceOf(Anthropic.APIUserAbortError);
      expect(state()).toEqual(['client_cancelled', 0]);
    });

    it('is cancelled by break', async () => {
      const { runner, state } = setUp();
      server.answerWith(events(FRAMES, 'hang'));
      const stream = runner();
      stream.on('abort', () => undefined);
      for await (const _ of stream) break;
      await stream.done().catch(() => undefined);
      expect(state()).toEqual(['client_cancelled', 0]);
    });

    it('tells of a connection that broke off midway', async () => {
      const { runner, state } = setUp();
      server.answerWith(events(FRAMES, 'break'));
      await expect(runner().done()).rejects.toBeInstanceOf(Anthropic.AnthropicError);
      await Promise.resolve();
      expect(state()).toEqual(['stream_interrupted', 0]);
    });

    it('tells of a refusal before the first event', async () => {
      const { runner, state } = setUp();
      server.answerWith(json({ type: 'error', error: { type: 'rate_limit_error', message: 'x' } }, 429));
      await expect(runner().done()).rejects.toBeInstanceOf(Anthropic.RateLimitError);
      await Promise.resolve();
      expect(state()).toEqual(['rate_limited', 0]);
    });
  });
});
