import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { WebSocket as UndiciSocket } from 'undici';
import { WebSocket, WebSocketServer } from 'ws';
import { instrumentWebSocket } from '../../lib/fetch.js';
import { observeRequest } from '../../lib/index.js';
import { startTestMonitoring } from '../../lib/testing.js';
import { type FetchHarness, startFetchHarness } from '../support/fetch-harness.js';
import {
  RESPONSE_COUNTS,
  responseBegin,
  responseDone,
  type SocketServer,
  sendAll,
  sendBytes,
  startSocketServer,
  TURN_COUNTS,
  TURN_END,
  turnAudio,
  until,
} from '../support/providers/realtime.js';

const REALTIME = 'wss://api.openai.com/v1/realtime?model=gpt-realtime';

let harness: FetchHarness;
let server: SocketServer;
const sockets: WebSocket[] = [];
beforeAll(async () => {
  harness = await startFetchHarness();
  server = await startSocketServer();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) {
    if (socket.readyState === WebSocket.CLOSED) continue;
    // A socket that has not connected says so.
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.terminate();
    await closed;
  }
  server.serve({});
  harness.reset();
});
afterAll(async () => {
  await server.close();
  await harness.close();
});

/** A socket of `ws` to the server on the loopback interface, whatever its URL. */
function connect(url = REALTIME, Class: typeof WebSocket = instrumentWebSocket(WebSocket)): WebSocket {
  const { createConnection } = server;
  const socket = new Class(url, { createConnection } as never);
  sockets.push(socket);
  return socket;
}

const count = (): number => harness.recorded().requests.length;

describe('instrumentWebSocket', () => {
  describe('with a class', () => {
    it('returns one that is as the class is', async () => {
      const Observed = instrumentWebSocket(WebSocket);
      class Mine extends Observed {
        readonly mine = true;
      }
      const { createConnection } = server;
      const socket = new Mine(REALTIME, { createConnection } as never);
      sockets.push(socket);
      expect([Observed.name, Observed.OPEN, Observed.prototype === WebSocket.prototype]).toEqual([
        'WebSocket',
        1,
        true,
      ]);
      expect(socket instanceof WebSocket && socket instanceof Observed && socket.mine).toBe(true);
      expect(connect('wss://example.com/v1/realtime') instanceof Observed).toBe(true);
      await once(socket, 'open');
    });

    it('serves connections of a server, too', async () => {
      const accepting = new WebSocketServer({
        port: 0,
        host: '127.0.0.1',
        WebSocket: instrumentWebSocket(WebSocket),
      });
      await once(accepting, 'listening');
      const { port } = accepting.address() as { readonly port: number };
      accepting.on('connection', (socket) => socket.send('hello'));
      const client = new WebSocket(`ws://127.0.0.1:${port}`);
      sockets.push(client);
      expect(String((await once(client, 'message'))[0])).toBe('hello');
      accepting.close();
    });

    it('leaves a socket to any other URL as it is', () => {
      for (const url of ['wss://example.com/v1/realtime', 'wss://api.openai.com/v1/other'])
        expect(Reflect.ownKeys(connect(url))).not.toContain('emit');
      expect(Reflect.ownKeys(connect())).toContain('emit');
    });
  });

  it('observes a socket once, however often it is asked to', async () => {
    server.serve({ answer: (socket) => sendAll(socket, [...responseBegin('a'), responseDone('a')]) });
    const Observed = instrumentWebSocket(instrumentWebSocket(WebSocket));
    const socket = instrumentWebSocket(instrumentWebSocket(connect(REALTIME, Observed)));
    await once(socket, 'open');
    socket.send('{"type":"response.create"}');
    await until(() => count() === 1);
    expect(harness.recorded()).toMatchObject({ requests: [{ outcome: 'success' }], active: 0 });
  });

  it('counts a response once whose beginning is repeated', async () => {
    server.serve({
      answer: (socket) => sendAll(socket, [...responseBegin('a'), ...responseBegin('a'), responseDone('a')]),
    });
    const socket = connect();
    await once(socket, 'open');
    socket.send('{"type":"response.create"}');
    await until(() => count() === 1);
    expect(harness.recorded()).toMatchObject({ requests: [{ outcome: 'success' }], active: 0 });
  });

  it('gives all listeners the same events in the same order, and needs no listener', async () => {
    const events = [...responseBegin('a'), responseDone('a')];
    const seenBy = async (Class: typeof WebSocket): Promise<readonly string[]> => {
      const seen: string[] = [];
      server.serve({
        greet(socket) {
          sendAll(socket, events);
          socket.send(Buffer.from([1, 2, 3]));
          socket.close(1000, 'bye');
        },
      });
      const socket = connect(REALTIME, Class);
      socket.on('message', (data, isBinary) => seen.push(`on ${isBinary} ${String(data).length}`));
      socket.addEventListener('message', ({ data }) =>
        seen.push(`listener ${typeof data} ${String(data).length}`),
      );
      socket.onmessage = ({ data }) => seen.push(`property ${typeof data}`);
      socket.on('close', (code, reason) => seen.push(`closed ${code} ${String(reason)}`));
      await once(socket, 'close');
      return seen;
    };
    const bare = await seenBy(WebSocket);
    expect(count()).toBe(0);
    expect(await seenBy(instrumentWebSocket(WebSocket))).toEqual(bare);
    expect(bare).toHaveLength(3 * (events.length + 1) + 1);
    expect(count()).toBe(1);

    server.serve({ greet: (socket) => sendAll(socket, events) });
    connect().removeAllListeners();
    await until(() => count() === 2);
  });

  it('lets an error without a listener be thrown', () => {
    const socket = connect();
    expect(() => socket.emit('error', new Error('mine'))).toThrow('mine');
  });

  it('returns and throws what a method does', async () => {
    const socket = connect();
    expect(() => socket.send('{"type":"response.create"}')).toThrow(/CONNECTING/);
    await once(socket, 'open');
    expect(await new Promise((resolve) => socket.send('{"type":"response.create"}', resolve))).toBeFalsy();
    socket.close();
    await once(socket, 'close');
    expect(harness.recorded().requests).toMatchObject([{ outcome: 'client_cancelled' }]);
  });

  it('belongs to the request around it', async () => {
    server.serve({ answer: (socket) => sendAll(socket, [...responseBegin('a'), responseDone('a')]) });
    const socket = connect();
    await once(socket, 'open');
    await observeRequest({ provider: 'mine', model: 'voice' }, async () => {
      const isDone = new Promise((resolve) => {
        socket.on('message', (data) => {
          if (String(data).includes('"response.done"')) resolve(undefined);
        });
      });
      socket.send('{"type":"response.create"}');
      await isDone;
    });
    expect(harness.recorded()).toMatchObject({
      requests: [{ provider: 'mine', model: 'voice', outcome: 'success' }],
      usage: [RESPONSE_COUNTS],
      firstTokens: 1,
    });
  });

  it('prices audio', async () => {
    const monitoring = await startTestMonitoring();
    server.serve({ greet: (socket) => sendAll(socket, [...responseBegin('a'), responseDone('a')]) });
    const socket = connect();
    await once(socket, 'open');
    const labels = { provider: 'openai', model: 'gpt-realtime' };
    const tokens = { ...labels, type: 'input' } as const;
    while ((await monitoring.value('llm_edge_tokens_total', tokens)) !== 300) await turn();
    const input = 60 * 4 + 40 * 0.4 + 120 * 32 + 30 * 0.4 + 30 * 5 + 20 * 0.5;
    const output = 30 * 16 + 100 * 64;
    expect(await monitoring.value('llm_edge_cost_usd_total', labels)).toBeCloseTo((input + output) / 1e6, 12);
    socket.terminate();
    await once(socket, 'close');
    await monitoring.shutdown();
    harness.reset();
  });

  describe('with the WebSocket of the runtime', () => {
    it.each(['blob', 'arraybuffer'] as const)(
      'reads messages that it gives as %s, in their order',
      async (type) => {
        server.serve({
          greet(socket) {
            sendBytes(socket, [turnAudio(), turnAudio('BBBB'), ...TURN_END]);
            socket.send('{}');
            socket.close();
          },
        });
        const hosts = { [server.host]: { provider: 'google', api: 'google' } } as const;
        const Observed = instrumentWebSocket(UndiciSocket, { hosts });
        const socket = new Observed(
          `ws://${server.host}/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=k`,
        );
        socket.binaryType = type;
        const seen: string[] = [];
        socket.addEventListener('message', ({ data }) => seen.push(Object.prototype.toString.call(data)));
        await new Promise((resolve) => socket.addEventListener('close', resolve));
        await until(() => count() === 1);
        const binary = type === 'blob' ? '[object Blob]' : '[object ArrayBuffer]';
        expect(seen).toEqual([binary, binary, binary, binary, '[object String]']);
        expect(harness.recorded()).toMatchObject({
          requests: [{ provider: 'google', model: 'unknown', outcome: 'success' }],
          usage: [TURN_COUNTS],
          firstTokens: 1,
          active: 0,
        });
      },
    );

    it('ends with its connection', async () => {
      server.serve({
        greet(socket) {
          sendAll(socket, responseBegin('a'));
          setImmediate(() => socket.terminate());
        },
      });
      const hosts = { [server.host]: { provider: 'own' } };
      const socket = new (instrumentWebSocket(UndiciSocket, { hosts }))(
        `ws://${server.host}/v1/realtime?model=m`,
      );
      await new Promise((resolve) => socket.addEventListener('close', resolve));
      expect(harness.recorded().requests).toMatchObject([
        { provider: 'own', model: 'm', outcome: 'stream_interrupted' },
      ]);
    });

    it('counts a handshake that fails', async () => {
      server.refuse(500);
      const hosts = { [server.host]: { provider: 'own' } };
      const socket = new (instrumentWebSocket(UndiciSocket, { hosts }))(
        `ws://${server.host}/v1/realtime?model=m`,
      );
      await new Promise((resolve) => socket.addEventListener('close', resolve));
      server.refuse(undefined);
      expect(harness.recorded()).toMatchObject({
        requests: [{ provider: 'own', model: 'm', outcome: 'network' }],
        active: 0,
      });
    });
  });

  describe('with what is hostile', () => {
    it('counts no more requests of a socket than fit, and says so', async () => {
      server.serve({
        greet(socket) {
          for (let index = 0; index < 70; index += 1) sendAll(socket, responseBegin(`r${index}`));
          socket.send('{"type":"last"}');
        },
      });
      const socket = connect();
      const messages: string[] = [];
      socket.on('message', (data) => messages.push(String(data)));
      await until(() => messages.at(-1) === '{"type":"last"}');
      expect(harness.recorded()).toMatchObject({ active: 64, requests: [] });
      expect(harness.recorder.callsOf('drop')).toEqual(Array(6).fill(['drop', 'over_limit', 'websocket']));
      socket.terminate();
      await once(socket, 'close');
      expect(harness.recorded()).toMatchObject({
        active: 0,
        requests: Array(64).fill({ outcome: 'client_cancelled' }),
      });
    });

    it('gives up nothing of the user, whatever the messages are', async () => {
      const names = [
        'type',
        'event_id',
        'response',
        'id',
        'status',
        'usage',
        'error',
        'session',
        'model',
        'item_id',
        'serverContent',
        'turnComplete',
        'usageMetadata',
        'toolCall',
        'modelTurn',
        'parts',
        'input_tokens',
        'status_details',
        'delta',
        'response_id',
      ];
      const types = [
        'session.created',
        'response.created',
        'response.done',
        'response.text.delta',
        'error',
        'input_audio_buffer.committed',
        'conversation.item.input_audio_transcription.completed',
        'response.create',
        '__proto__',
        'constructor',
      ];
      const { value: json } = fc.letrec((tie) => ({
        value: fc.oneof(
          { maxDepth: 4 },
          fc.constantFrom<unknown>(...types, null, true, 7, -1, -0.5, 'a', '__proto__'),
          fc.array(tie('value'), { maxLength: 3 }),
          fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 5 }),
        ),
      }));
      const message = fc.oneof(
        json.map((value) => JSON.stringify(value) ?? ''),
        fc.tuple(fc.constantFrom(...types), json).map(([type, value]) =>
          JSON.stringify({
            type,
            response: value,
            session: value,
            error: value,
            item_id: 'i',
            usage: value,
          }),
        ),
        json.map((value) => JSON.stringify({ serverContent: value, usageMetadata: value })),
        fc.string(),
        fc.constantFrom(
          '['.repeat(10_000),
          `{"type":${'{"a":'.repeat(5_000)}`,
          `{"type":"response.created","response":{"id":"${'x'.repeat(100_000)}"}}`,
        ),
      );
      const urls = [
        REALTIME,
        'wss://generativelanguage.googleapis.com/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent',
      ];
      await fc.assert(
        fc.asyncProperty(
          fc.array(message, { maxLength: 30 }),
          fc.constantFrom(...urls),
          async (messages, url) => {
            const socket = connect(url);
            const seen: string[] = [];
            socket.on('message', (data) => seen.push(String(data)));
            await once(socket, 'open');
            for (const one of messages) {
              socket.emit('message', Buffer.from(one), false);
              Object.defineProperty(socket, 'readyState', { value: 1, configurable: true });
              socket.send(one);
            }
            Reflect.deleteProperty(socket, 'readyState');
            expect(seen).toEqual(messages.map((one) => Buffer.from(one).toString()));
            socket.terminate();
            await once(socket, 'close');
            expect(harness.recorded()).toMatchObject({ active: 0 });
            expect(
              harness.recorder.callsOf('drop').filter(([, reason]) => reason === 'internal_error'),
            ).toEqual([]);
            harness.reset();
          },
        ),
        { numRuns: 60 },
      );
    });
  });

  it.each([
    [undefined, {}, /WebSocket: .*pass a WebSocket class or a socket/],
    [{}, {}, /pass a WebSocket class or a socket/],
    [WebSocket, { hosts: { a: {} } }, /hosts\[0\]\.provider/],
    [WebSocket, { propagate: true }, /propagate/],
  ])('refuses %p with %j', (socket, options, message) => {
    expect(() => instrumentWebSocket(socket as never, options as never)).toThrow(message);
  });

  it('records nothing before the start', async () => {
    harness.stop();
    server.serve({ answer: (socket) => sendAll(socket, [...responseBegin('a'), responseDone('a')]) });
    const socket = connect();
    const messages: string[] = [];
    socket.on('message', (data) => messages.push(String(data)));
    await once(socket, 'open');
    socket.send('{"type":"response.create"}');
    await until(() => messages.length === 5);
    expect(harness.recorder.callsOf('request')).toEqual([]);
  });
});
