import axios, { type AxiosInstance } from 'axios';
import {
  type FetchHarness,
  type RequestRecord,
  recordedOnce,
  startFetchHarness,
} from '../../support/fetch-harness.js';
import { events, json } from '../../support/providers/loopback.js';
import { CHAT_COUNTS, CHAT_FRAMES, chatAnswer } from '../../support/providers/openai.js';

const PATH = '/chat/completions';
const PROMPT = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hi' }] };
const STREAM = { ...PROMPT, stream: true };
const REQUEST: RequestRecord = {
  provider: 'openai',
  model: 'gpt-4o-mini',
  outcome: 'success',
  operation: 'chat',
  streamed: false,
  answeredBy: 'gpt-4o-mini-2024-07-18',
  finishReasons: ['stop'],
};

let harness: FetchHarness;
let client: AxiosInstance;
beforeAll(async () => {
  harness = await startFetchHarness();
  client = axios.create({
    adapter: 'fetch',
    env: { fetch: harness.fetch },
    baseURL: 'https://api.openai.com/v1',
  });
});
afterEach(() => harness.reset());
afterAll(() => harness.close());

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

describe('axios with an instrumented fetch', () => {
  it('gets an answer', async () => {
    harness.loopback.reply(json(chatAnswer()));
    expect((await client.post(PATH, PROMPT)).data).toEqual(chatAnswer());
    expect(harness.recorded()).toEqual(recordedOnce(REQUEST, CHAT_COUNTS));
  });

  it('gets a stream', async () => {
    harness.loopback.reply(events(CHAT_FRAMES));
    const { data } = await client.post(PATH, STREAM, { responseType: 'stream' });
    expect(await textOf(data)).toBe(CHAT_FRAMES.map((frame) => `${frame}\n\n`).join(''));
    expect(harness.recorded()).toEqual({
      ...recordedOnce({ ...REQUEST, streamed: true }, CHAT_COUNTS),
      firstTokens: 1,
    });
  });

  it('stops a stream', async () => {
    harness.loopback.reply(events(CHAT_FRAMES.slice(0, 3), { ending: 'hang' }));
    const controller = new AbortController();
    const { signal } = controller;
    const { data } = await client.post(PATH, STREAM, { responseType: 'stream', signal });
    const reading = (async () => {
      for await (const _piece of data) controller.abort();
    })();
    await expect(reading).rejects.toThrow();
    expect(harness.recorded().requests).toMatchObject([{ outcome: 'client_cancelled' }]);
  });

  it('has a time limit', async () => {
    harness.loopback.reply({ body: ' ', ending: 'hang' });
    await expect(client.post(PATH, PROMPT, { timeout: 50 })).rejects.toThrow('timeout');
    expect(harness.recorded().requests).toMatchObject([{ outcome: 'timeout' }]);
  });

  it('throws what it always throws', async () => {
    harness.loopback.reply(json({ error: { code: 'insufficient_quota', message: 'x' } }, 429));
    await expect(client.post(PATH, PROMPT)).rejects.toMatchObject({ response: { status: 429 } });
    expect(harness.recorded().requests).toMatchObject([{ outcome: 'quota_exceeded' }]);
  });

  it('sends a form', async () => {
    harness.loopback.reply(json({ text: 'Hi', usage: { type: 'duration', seconds: 2 } }));
    const form = new FormData();
    form.append('file', new Blob(['abc']), 'a.wav');
    form.append('model', 'whisper-1');
    await client.postForm('/audio/transcriptions', form);
    expect(harness.recorded()).toMatchObject({
      requests: [{ model: 'whisper-1', operation: 'transcription', outcome: 'success' }],
      usage: [{ inputAudioSeconds: 2 }],
    });
  });
});
