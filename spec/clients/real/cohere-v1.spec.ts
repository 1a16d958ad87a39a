import { CohereClient, CohereError } from 'cohere-ai';
import {
  type FetchHarness,
  type Recorded,
  type RequestRecord,
  recordedOnce,
  startFetchHarness,
} from '../../support/fetch-harness.js';
import {
  COHERE_COUNTS,
  COHERE_EMBEDDINGS,
  COHERE_V1_ANSWER,
  COHERE_V1_EVENTS,
  COHERE_V1_TOOL_EVENTS,
} from '../../support/providers/cohere.js';
import { dataFrames, events, json } from '../../support/providers/loopback.js';
import { lines } from '../../support/providers/ollama.js';

const REQUEST: RequestRecord = {
  provider: 'cohere',
  model: 'command-a-03-2025',
  outcome: 'success',
  operation: 'chat',
  streamed: false,
  answeredBy: undefined,
  finishReasons: ['COMPLETE'],
};
const ONE: Recorded = recordedOnce(REQUEST, COHERE_COUNTS);
const STREAMED: Recorded = { ...ONE, requests: [{ ...REQUEST, streamed: true }], firstTokens: 1 };
const PROMPT = { model: 'command-a-03-2025', message: 'Hi' };
/** The content type of a stream that was not asked for as server-sent events. */
const HEADERS = { 'content-type': 'application/stream+json' };

let harness: FetchHarness;
let client: CohereClient;
beforeAll(async () => {
  harness = await startFetchHarness();
  client = new CohereClient({ token: 'key', fetch: harness.fetch, maxRetries: 0 });
});
afterEach(() => harness.reset());
afterAll(() => harness.close());

describe('version 1 of the Cohere client', () => {
  it('gets its answer, and it is recorded', async () => {
    harness.loopback.reply(json(COHERE_V1_ANSWER));
    expect((await client.chat(PROMPT)).text).toBe('Hi');
    expect(harness.recorded()).toEqual(ONE);
  });

  it.each([
    ['text', COHERE_V1_EVENTS],
    ['a tool call', COHERE_V1_TOOL_EVENTS],
  ])('gets every event of a stream of %s', async (_title, documents) => {
    harness.loopback.reply(lines(documents, { headers: HEADERS }));
    const types: string[] = [];
    for await (const { eventType } of await client.chatStream(PROMPT)) types.push(eventType);
    expect(types).toEqual(documents.map(({ event_type: type }) => type));
    expect(harness.recorded()).toEqual(STREAMED);
  });

  it('is read in whatever frame and content type its stream comes', async () => {
    const call = async (): Promise<string> => {
      const body = JSON.stringify({ ...PROMPT, stream: true });
      const response = await harness.fetch('https://api.cohere.com/v1/chat', { method: 'POST', body });
      return response.text();
    };
    const headers = { 'content-type': 'application/json' };
    for (const reply of [events(dataFrames(COHERE_V1_EVENTS)), lines(COHERE_V1_EVENTS, { headers })]) {
      harness.loopback.reply(reply);
      expect(await call()).toBe([reply.body].flat().join(''));
      expect(harness.recorded()).toEqual(STREAMED);
      harness.reset();
    }
  });

  it('is interrupted where a stream is cut off', async () => {
    harness.loopback.reply(lines(COHERE_V1_EVENTS.slice(0, 2), { headers: HEADERS }));
    for await (const _ of await client.chatStream(PROMPT));
    const request = { ...REQUEST, streamed: true, outcome: 'stream_interrupted', finishReasons: undefined };
    expect(harness.recorded()).toEqual({ ...STREAMED, requests: [request], usage: [] });
  });

  it('is cancelled when its consumer leaves a stream', async () => {
    harness.loopback.reply(lines(COHERE_V1_EVENTS.slice(0, 2), { headers: HEADERS, ending: 'hang' }));
    const aborter = new AbortController();
    const stream = await client.chatStream(PROMPT, { abortSignal: aborter.signal });
    const read = async (): Promise<void> => {
      for await (const { eventType } of stream) if (eventType === 'text-generation') aborter.abort();
    };
    await read().catch(() => undefined);
    const request = { ...REQUEST, streamed: true, outcome: 'client_cancelled', finishReasons: undefined };
    expect(harness.recorded()).toEqual({ ...STREAMED, requests: [request], usage: [] });
  });

  it('counts embeddings', async () => {
    harness.loopback.reply(
      json({ ...COHERE_EMBEDDINGS, response_type: 'embeddings_floats', embeddings: [[0.1]] }),
    );
    await client.embed({ model: 'embed-english-v3.0', inputType: 'search_query', texts: ['hello'] });
    const request = {
      ...REQUEST,
      model: 'embed-english-v3.0',
      operation: 'embeddings',
      finishReasons: undefined,
    };
    expect(harness.recorded()).toEqual({ ...ONE, requests: [request], usage: [{ inputTokens: 2 }] });
  });

  it('throws for a 429 what it always throws', async () => {
    harness.loopback.reply(json({ message: 'slow down' }, 429));
    await expect(client.chat(PROMPT)).rejects.toThrow(CohereError);
    const request = { ...REQUEST, outcome: 'rate_limited', finishReasons: undefined };
    expect(harness.recorded()).toEqual({ ...ONE, requests: [request], usage: [] });
  });
});
