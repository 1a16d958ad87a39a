import { ApiError, GoogleGenAI } from '@google/genai';
import {
  type FetchHarness,
  type Recorded,
  type RequestRecord,
  recordedOnce,
  startFetchHarness,
} from '../../support/fetch-harness.js';
import {
  CONTENT_ANSWER,
  CONTENT_COUNTS,
  CONTENT_FRAMES,
  FUNCTION_FRAMES,
} from '../../support/providers/google.js';
import { events, json } from '../../support/providers/loopback.js';

const REQUEST: RequestRecord = {
  provider: 'google',
  model: 'gemini-2.5-flash',
  outcome: 'success',
  operation: 'generate_content',
  streamed: false,
  answeredBy: 'gemini-2.5-flash',
  finishReasons: ['STOP'],
};
const ONE: Recorded = recordedOnce(REQUEST, CONTENT_COUNTS);
const STREAMED: Recorded = { ...ONE, requests: [{ ...REQUEST, streamed: true }], firstTokens: 1 };
const PROMPT = { model: 'gemini-2.5-flash', contents: 'Hi' };

let harness: FetchHarness;
let client: GoogleGenAI;
beforeAll(async () => {
  harness = await startFetchHarness();
  client = new GoogleGenAI({
    apiKey: 'key',
    httpOptions: { fetch: harness.fetch, retryOptions: { attempts: 1 } },
  });
});
afterEach(() => harness.reset());
afterAll(() => harness.close());

describe('the Google client', () => {
  it('gets its content, and it is recorded', async () => {
    harness.loopback.reply(json(CONTENT_ANSWER));
    expect((await client.models.generateContent(PROMPT)).text).toBe('Grüß dich 😀');
    expect(harness.recorded()).toEqual(ONE);
  });

  it('gets every piece of a stream', async () => {
    harness.loopback.reply(events(CONTENT_FRAMES));
    let text = '';
    for await (const piece of await client.models.generateContentStream(PROMPT)) text += piece.text ?? '';
    expect(text).toBe('Grüß dich "usageMetadata" 😀');
    expect(harness.recorded()).toEqual(STREAMED);
  });

  it('gets a function call from a stream', async () => {
    harness.loopback.reply(events(FUNCTION_FRAMES));
    const calls: unknown[] = [];
    for await (const piece of await client.models.generateContentStream(PROMPT)) {
      calls.push(...(piece.functionCalls ?? []).map(({ name }) => name));
    }
    expect(calls).toEqual(['get_weather']);
    expect(harness.recorded()).toEqual(STREAMED);
  });

  it('counts embeddings, which report no usage', async () => {
    harness.loopback.reply(json({ embeddings: [{ values: [0.1] }] }));
    await client.models.embedContent({ model: 'gemini-embedding-001', contents: 'Hi' });
    expect(harness.recorded()).toEqual({
      ...ONE,
      requests: [
        {
          ...REQUEST,
          model: 'gemini-embedding-001',
          operation: 'embeddings',
          answeredBy: undefined,
          finishReasons: undefined,
        },
      ],
      usage: [],
      usageMissing: 1,
    });
  });

  it('throws for a 429 what it always throws', async () => {
    harness.loopback.reply(json({ error: { code: 429, message: 'x', status: 'RESOURCE_EXHAUSTED' } }, 429));
    await expect(client.models.generateContent(PROMPT)).rejects.toThrow(ApiError);
    const request = { ...REQUEST, outcome: 'rate_limited', answeredBy: undefined, finishReasons: undefined };
    expect(harness.recorded()).toEqual({ ...ONE, requests: [request], usage: [] });
  });

  it('leaves a stream by break', async () => {
    harness.loopback.reply(events(CONTENT_FRAMES.slice(0, 3), { ending: 'hang' }));
    const stream = await client.models.generateContentStream(PROMPT);
    for await (const piece of stream) if (piece.text) break;
    // The client releases the body and does not cancel it: the answer is still on its way.
    expect(harness.recorded()).toMatchObject({ requests: [], firstTokens: 1, active: 1 });
  });

  it('counts a model of Vertex AI', async () => {
    const vertex = new GoogleGenAI({
      vertexai: true,
      apiKey: 'key',
      httpOptions: { fetch: harness.fetch },
    });
    harness.loopback.reply(json(CONTENT_ANSWER));
    await vertex.models.generateContent(PROMPT);
    expect(harness.recorded()).toEqual({ ...ONE, requests: [{ ...REQUEST, provider: 'vertex' }] });
  });
});
