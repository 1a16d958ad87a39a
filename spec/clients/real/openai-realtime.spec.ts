import { once } from 'node:events';
import OpenAI, { AzureOpenAI } from 'openai';
import { OpenAIRealtimeWebSocket } from 'openai/realtime/websocket';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { WebSocket } from 'ws';
import { instrumentWebSocket } from '../../../lib/fetch.js';
import { type FetchHarness, type RequestRecord, startFetchHarness } from '../../support/fetch-harness.js';
import {
  RESPONSE_COUNTS,
  responseBegin,
  responseDone,
  type SocketServer,
  sendAll,
  sessionCreated,
  startSocketServer,
  until,
} from '../../support/providers/realtime.js';

const REQUEST: RequestRecord = {
  provider: 'openai',
  model: 'gpt-realtime',
  outcome: 'success',
  operation: 'chat',
  streamed: true,
  answeredBy: 'gpt-realtime-2025-08-28',
  finishReasons: ['completed'],
};
const ONE = {
  requests: [REQUEST],
  usage: [RESPONSE_COUNTS],
  firstTokens: 1,
  usageMissing: 0,
  active: 0,
  dropped: [],
};
const AUDIO = 'QUJD'.repeat(2_000);

let harness: FetchHarness;
let server: SocketServer;
beforeAll(async () => {
  harness = await startFetchHarness();
  server = await startSocketServer();
});
const sockets: WebSocket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) {
    if (socket.readyState === WebSocket.CLOSED) continue;
    socket.terminate();
    await once(socket, 'close');
  }
  harness.reset();
  server.messages.length = 0;
  server.refuse(undefined);
});
afterAll(async () => {
  await server.close();
  await harness.close();
});

/** Answers each `response.create` with a whole response. */
function serveResponses(transcriptionModel?: string): void {
  let count = 0;
  server.serve({
    greet: (socket) => sendAll(socket, [sessionCreated(transcriptionModel)]),
    answer(socket, { type }) {
      if (type !== 'response.create') return;
      count += 1;
      sendAll(socket, [...responseBegin(`resp_${count}`), responseDone(`resp_${count}`)]);
    },
  });
}

/** OpenAI's client for `ws`, connected to the server on the loopback interface. */
function connectClient(isObserved = true): OpenAIRealtimeWS {
  const { createConnection } = server;
  const client = new OpenAIRealtimeWS(
    { model: 'gpt-realtime', options: { createConnection } as never },
    new OpenAI({ apiKey: 'key' }),
  );
  sockets.push(client.socket);
  if (isObserved) instrumentWebSocket(client.socket);
  return client;
}

/** Talks to the server until a response is done; returns the types of all events. */
async function talk(client: OpenAIRealtimeWS): Promise<readonly string[]> {
  const types: string[] = [];
  client.on('event', ({ type }) => types.push(type));
  client.on('error', () => undefined);
  await once(client.socket, 'open');
  client.send({ type: 'input_audio_buffer.append', audio: AUDIO });
  client.send({ type: 'response.create' });
  await until(() => types.includes('response.done'));
  client.close();
  await once(client.socket, 'close');
  return types;
}

describe('OpenAIRealtimeWS', () => {
  it('gets the events that it gets without, and its response is recorded', async () => {
    serveResponses();
    const bare = await talk(connectClient(false));
    const sent = server.messages.splice(0);
    expect(harness.recorded().requests).toEqual([]);
    expect(await talk(connectClient())).toEqual(bare);
    expect(server.messages).toEqual(sent);
    expect(sent).toHaveLength(2);
    expect(harness.recorded()).toEqual(ONE);
  });

  it('has one request for each response, whether the client asked for it or the server did', async () => {
    server.serve({
      greet(socket) {
        sendAll(socket, [sessionCreated(), ...responseBegin('a'), ...responseBegin('b')]);
        sendAll(socket, [
          responseDone('b', 'incomplete', { reason: 'max_output_tokens' }),
          responseDone('a'),
        ]);
      },
      answer: (socket) => sendAll(socket, [...responseBegin('c'), responseDone('c')]),
    });
    const client = connectClient();
    const done: string[] = [];
    client.on('response.done', ({ response }) => done.push(response.id ?? ''));
    await once(client.socket, 'open');
    client.send({ type: 'response.create' });
    await until(() => done.length === 3);
    client.close();
    expect(harness.recorded()).toEqual({
      ...ONE,
      requests: [{ ...REQUEST, finishReasons: ['max_output_tokens'] }, REQUEST, REQUEST],
      usage: [RESPONSE_COUNTS, RESPONSE_COUNTS, RESPONSE_COUNTS],
      firstTokens: 3,
    });
    const ids = harness.recorder.exporter
      .getFinishedSpans()
      .map(({ attributes }) => attributes['gen_ai.response.id']);
    expect(ids).toEqual(['b', 'a', 'c']);
  });

  it.each([
    ['cancelled', { reason: 'turn_detected' }, 'client_cancelled'],
    ['cancelled', { reason: 'client_cancelled' }, 'client_cancelled'],
    ['failed', { error: { type: 'requests', code: 'rate_limit_exceeded' } }, 'rate_limited'],
    ['failed', {}, 'api_error'],
  ])('has the outcome of a response that is %s: %j', async (status, details, outcome) => {
    server.serve({
      answer: (socket) => sendAll(socket, [...responseBegin('a'), responseDone('a', status, details)]),
    });
    const client = connectClient();
    await once(client.socket, 'open');
    client.send({ type: 'response.create' });
    await until(() => harness.recorded().requests.length === 1);
    client.close();
    const request = { ...REQUEST, outcome, answeredBy: undefined, finishReasons: undefined };
    expect(harness.recorded()).toEqual({ ...ONE, requests: [request] });
    expect(harness.recorder.callsOf('usageMissing')).toEqual([]);
  });

  it.each([
    ['the error names its event', 'mine', 'mine'],
    ['neither has an identifier', undefined, null],
  ])('fails what an error refuses, and the session goes on: %s', async (_title, id, errorId) => {
    const error = {
      type: 'invalid_request_error',
      code: 'conversation_already_has_active_response',
      message: 'x',
    };
    const refusal = {
      type: 'error',
      event_id: 'event_7',
      error: { ...error, param: null, event_id: errorId },
    };
    // An error about another event is none of the response.
    const other = { type: 'error', event_id: 'event_6', error: { ...error, event_id: 'other' } };
    let count = 0;
    server.serve({
      answer(socket) {
        count += 1;
        sendAll(socket, count === 1 ? [other, refusal] : [...responseBegin('b'), responseDone('b')]);
      },
    });
    const client = connectClient();
    client.on('error', () => undefined);
    await once(client.socket, 'open');
    client.send({ type: 'response.create', ...(id === undefined ? {} : { event_id: id }) });
    await until(() => harness.recorded().requests.length === 1);
    client.send({ type: 'response.create' });
    await until(() => harness.recorded().requests.length === 2);
    client.close();
    const named = { ...REQUEST, answeredBy: undefined };
    expect(harness.recorded().requests).toEqual([
      { ...named, outcome: 'invalid_request', finishReasons: undefined },
      named,
    ]);
  });

  it.each([
    [
      {
        type: 'tokens',
        total_tokens: 22,
        input_tokens: 17,
        output_tokens: 5,
        input_token_details: { audio_tokens: 14, text_tokens: 3 },
      },
      { inputTokens: 17, outputTokens: 5, inputAudioTokens: 14 },
    ],
    [{ type: 'duration', seconds: 2.5 }, { inputAudioSeconds: 2.5 }],
  ])('has a request for each transcription: %j', async (usage, counts) => {
    const place = { item_id: 'item_1', content_index: 0 };
    const name = 'conversation.item.input_audio_transcription';
    server.serve({
      greet: (socket) =>
        sendAll(socket, [
          sessionCreated('gpt-4o-transcribe'),
          { type: 'input_audio_buffer.committed', event_id: 'e', previous_item_id: null, item_id: 'item_1' },
          { type: `${name}.delta`, event_id: 'e', ...place, delta: 'Hel' },
          { type: `${name}.completed`, event_id: 'e', ...place, transcript: 'Hello', usage },
          {
            type: `${name}.failed`,
            event_id: 'e',
            item_id: 'item_2',
            content_index: 0,
            error: { code: 'audio_unintelligible' },
          },
        ]),
    });
    const client = connectClient();
    await until(() => harness.recorded().requests.length === 2);
    client.close();
    const request = {
      ...REQUEST,
      model: 'gpt-4o-transcribe',
      operation: 'transcription',
      answeredBy: undefined,
      finishReasons: undefined,
    };
    expect(harness.recorded()).toEqual({
      ...ONE,
      requests: [request, { ...request, outcome: 'api_error' }],
      usage: [counts],
    });
  });

  it.each([
    ['the server closes the socket', 'stream_interrupted', 'close'],
    ['the connection is lost', 'stream_interrupted', 'terminate'],
    ['the client closes the socket', 'client_cancelled', 'own'],
  ] as const)('ends what is open when %s', async (_title, outcome, end) => {
    server.serve({
      answer(socket) {
        sendAll(socket, responseBegin('a'));
        if (end !== 'own') setImmediate(() => socket[end]());
      },
    });
    const client = connectClient();
    await once(client.socket, 'open');
    client.send({ type: 'response.create' });
    client.on('response.output_audio.delta', () => {
      if (end === 'own') client.close();
    });
    await once(client.socket, 'close');
    const request = { ...REQUEST, outcome, answeredBy: undefined, finishReasons: undefined };
    expect(harness.recorded()).toEqual({ ...ONE, requests: [request], usage: [] });
  });

  it.each([
    [401, 'auth'],
    [429, 'rate_limited'],
    [503, 'overloaded'],
  ])('counts a handshake that is refused with %i once', async (status, outcome) => {
    server.refuse(status);
    const client = connectClient();
    const [error] = await Promise.all([
      new Promise((resolve) => client.on('error', resolve)),
      once(client.socket, 'close').catch(() => undefined),
    ]);
    expect(String(error)).toContain(String(status));
    await until(() => harness.recorded().requests.length === 1);
    const request = { ...REQUEST, outcome, answeredBy: undefined, finishReasons: undefined };
    expect(harness.recorded()).toEqual({ ...ONE, requests: [request], usage: [], firstTokens: 0 });
  });

  it('is a deployment of Azure', async () => {
    serveResponses();
    const azure = new AzureOpenAI({
      apiKey: 'key',
      apiVersion: '2025-08-28',
      endpoint: 'https://me.openai.azure.com',
      deployment: 'mine',
    });
    const { createConnection } = server;
    const client = await OpenAIRealtimeWS.azure(azure, { options: { createConnection } as never });
    instrumentWebSocket(client.socket);
    expect(client.url.pathname).toBe('/openai/realtime');
    await talk(client);
    expect(harness.recorded()).toEqual({
      ...ONE,
      requests: [{ ...REQUEST, provider: 'azure', model: 'mine' }],
    });
  });
});

describe('OpenAIRealtimeWebSocket', () => {
  const { WebSocket: before } = globalThis as { WebSocket?: unknown };
  beforeAll(() => {
    const { createConnection } = server;
    class Redirected extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols, { createConnection } as never);
      }
    }
    // Node.js has a WebSocket from 22 on.
    (globalThis as { WebSocket: unknown }).WebSocket = instrumentWebSocket(Redirected);
  });
  afterAll(() => {
    (globalThis as { WebSocket: unknown }).WebSocket = before;
  });

  it('makes its socket of the global class', async () => {
    let count = 0;
    server.serve({
      greet: (socket) => sendAll(socket, [sessionCreated()]),
      answer(socket) {
        count += 1;
        sendAll(socket, [...responseBegin(`r${count}`), responseDone(`r${count}`)]);
      },
    });
    const client = new OpenAIRealtimeWebSocket({ model: 'gpt-realtime' }, new OpenAI({ apiKey: 'key' }));
    const types: string[] = [];
    client.on('event', ({ type }) => types.push(type));
    client.on('error', () => undefined);
    await new Promise((resolve) => client.socket.addEventListener('open', resolve));
    client.send({ type: 'response.create' });
    await until(() => types.includes('response.done'));
    client.close();
    await new Promise((resolve) => client.socket.addEventListener('close', resolve));
    expect(types).toHaveLength(6);
    expect(harness.recorded()).toEqual(ONE);
  });
});
