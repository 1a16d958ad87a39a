import { GoogleGenAI, type LiveServerMessage, Modality, type Session } from '@google/genai';
import ws, { WebSocket } from 'ws';
import { instrumentWebSocket } from '../../../lib/fetch.js';
import { type FetchHarness, type RequestRecord, startFetchHarness } from '../../support/fetch-harness.js';
import {
  type Answer,
  type SocketServer,
  sendBytes,
  startSocketServer,
  TURN_COUNTS,
  TURN_END,
  turnAudio,
  until,
} from '../../support/providers/realtime.js';
import { runScript } from '../../support/run-script.js';

const MODEL = 'gemini-live-2.5-flash';
const REQUEST: RequestRecord = {
  provider: 'google',
  model: MODEL,
  outcome: 'success',
  operation: 'generate_content',
  streamed: true,
  answeredBy: undefined,
  finishReasons: undefined,
};
const ONE = {
  requests: [REQUEST],
  usage: [TURN_COUNTS],
  firstTokens: 1,
  usageMissing: 0,
  active: 0,
  dropped: [],
};

let harness: FetchHarness;
let server: SocketServer;
beforeAll(async () => {
  harness = await startFetchHarness();
  server = await startSocketServer();
  // The client takes the class from the exports of `ws` when it connects, if it is loaded by `require`.
  (ws as unknown as { WebSocket: unknown }).WebSocket = instrumentWebSocket(WebSocket, {
    hosts: { [server.host]: { provider: 'google', api: 'google' } },
  });
});
afterEach(() => harness.reset());
afterAll(async () => {
  (ws as unknown as { WebSocket: unknown }).WebSocket = WebSocket;
  await server.close();
  await harness.close();
});

interface Talk {
  readonly session: Session;
  readonly messages: LiveServerMessage[];
  readonly closed: Promise<void>;
}

/** Connects the client; the server accepts the set-up and gives every other message to `answer`. */
async function connect(answer: Answer): Promise<Talk> {
  server.serve({
    answer(socket, message) {
      if (message['setup'] === undefined) answer(socket, message);
      else sendBytes(socket, [{ setupComplete: {} }]);
    },
  });
  const client = new GoogleGenAI({ apiKey: 'key', httpOptions: { baseUrl: `http://${server.host}` } });
  const messages: LiveServerMessage[] = [];
  let close: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  const session = await client.live.connect({
    model: MODEL,
    config: { responseModalities: [Modality.AUDIO] },
    callbacks: { onmessage: (message) => messages.push(message), onclose: () => close() },
  });
  return { session, messages, closed };
}

async function leave({ session, closed }: Talk): Promise<void> {
  session.close();
  await closed;
}

describe('the Live API by the Google client', () => {
  it('has one request for each turn', async () => {
    const talk = await connect((socket) => sendBytes(socket, [turnAudio(), turnAudio('BBBB'), ...TURN_END]));
    for (const count of [1, 2]) {
      talk.session.sendRealtimeInput({ audio: { data: 'AAAA', mimeType: 'audio/pcm' } });
      await until(() => harness.recorded().requests.length === count);
    }
    talk.session.sendClientContent({ turns: 'Hi' });
    await until(() => talk.messages.length === 13);
    await leave(talk);
    expect(harness.recorded()).toEqual({
      ...ONE,
      requests: [REQUEST, REQUEST, REQUEST],
      usage: [TURN_COUNTS, TURN_COUNTS, TURN_COUNTS],
      firstTokens: 3,
    });
  });

  it('has the calls of tools within a turn', async () => {
    const call = { toolCall: { functionCalls: [{ id: 'f1', name: 'get_weather', args: {} }] } };
    const talk = await connect((socket, message) => {
      sendBytes(socket, message['toolResponse'] === undefined ? [call] : [turnAudio(), ...TURN_END]);
    });
    talk.session.sendClientContent({ turns: 'Hi' });
    await until(() => talk.messages.length === 2);
    talk.session.sendToolResponse({ functionResponses: [{ id: 'f1', name: 'get_weather', response: {} }] });
    await until(() => talk.messages.length === 5);
    await leave(talk);
    expect(harness.recorded()).toEqual(ONE);
  });

  it('is cancelled where the user interrupts, and its usage counts', async () => {
    const interrupted = { serverContent: { interrupted: true } };
    const talk = await connect((socket) =>
      sendBytes(socket, [turnAudio(), interrupted, ...TURN_END.slice(1)]),
    );
    talk.session.sendClientContent({ turns: 'Hi' });
    await until(() => talk.messages.length === 4);
    await leave(talk);
    expect(harness.recorded()).toEqual({ ...ONE, requests: [{ ...REQUEST, outcome: 'client_cancelled' }] });
    expect(harness.recorder.callsOf('usageMissing')).toEqual([]);
  });

  it('says why a turn ended, and that its usage is missing', async () => {
    const end = { serverContent: { turnComplete: true, turnCompleteReason: 'RESPONSE_REJECTED' } };
    const talk = await connect((socket) => sendBytes(socket, [end]));
    talk.session.sendClientContent({ turns: 'Hi' });
    await until(() => talk.messages.length === 2);
    await leave(talk);
    expect(harness.recorded()).toEqual({
      ...ONE,
      requests: [{ ...REQUEST, finishReasons: ['RESPONSE_REJECTED'] }],
      usage: [],
      firstTokens: 0,
      usageMissing: 1,
    });
  });

  it('is interrupted with its connection', async () => {
    const talk = await connect((socket) => {
      sendBytes(socket, [turnAudio()]);
      setImmediate(() => socket.close(1011, 'Internal error'));
    });
    talk.session.sendClientContent({ turns: 'Hi' });
    await talk.closed;
    expect(harness.recorded()).toEqual({
      ...ONE,
      requests: [{ ...REQUEST, outcome: 'stream_interrupted' }],
      usage: [],
    });
  });

  it('is observed by the global class in the build for browsers', async () => {
    server.serve({
      answer(socket, message) {
        const isSetup = message['setup'] !== undefined;
        sendBytes(socket, isSetup ? [{ setupComplete: {} }] : [turnAudio(), ...TURN_END]);
      },
    });
    const { stdout, stderr } = await runScript(`
      import { GoogleGenAI } from '@google/genai/web';
      import { WebSocket } from 'ws';
      import { instrumentWebSocket } from '#lib/fetch.ts';
      import { startTestMonitoring } from '#lib/testing.ts';
      const hosts = { '${server.host}': { provider: 'google', api: 'google' } };
      globalThis.WebSocket = instrumentWebSocket(globalThis.WebSocket ?? WebSocket, { hosts });
      const monitoring = await startTestMonitoring();
      const client = new GoogleGenAI({ apiKey: 'key', httpOptions: { baseUrl: 'http://${server.host}' } });
      let over;
      const isOver = new Promise((resolve) => (over = resolve));
      const session = await client.live.connect({
        model: '${MODEL}',
        callbacks: { onmessage: (message) => message.serverContent?.turnComplete && over() },
      });
      session.sendClientContent({ turns: 'Hi' });
      await isOver;
      session.close();
      let requests = [];
      while (requests.length === 0) {
        await new Promise(setImmediate);
        requests = await monitoring.series('llm_edge_requests_total');
      }
      const labels = { provider: 'google', model: '${MODEL}' };
      console.log(JSON.stringify([
        requests.map(({ labels, value }) => [labels.status, value]),
        await monitoring.value('llm_edge_tokens_total', { ...labels, type: 'output' }),
      ]));
      await monitoring.shutdown();
    `).end();
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([[['success', 1]], 80]);
  });
});
