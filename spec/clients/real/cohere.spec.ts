import { CohereClientV2, CohereError } from 'cohere-ai';
import {
  type FetchHarness,
  type Recorded,
  type RequestRecord,
  recordedOnce,
  startFetchHarness,
} from '../../support/fetch-harness.js';
import {
  COHERE_ANSWER,
  COHERE_COUNTS,
  COHERE_EMBEDDINGS,
  COHERE_FRAMES,
  COHERE_TOOL_FRAMES,
} from '../../support/providers/cohere.js';
import { events, json } from '../../support/providers/loopback.js';

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
const PROMPT = { model: 'command-a-03-2025', messages: [{ role: 'user' as const, content: 'Hi' }] };

let harness: FetchHarness;
let client: CohereClientV2;
beforeAll(async () => {
  harness = await startFetchHarness();
  client = new CohereClientV2({ token: 'key', fetch: harness.fetch, maxRetries: 0 });
});
afterEach(() => harness.reset());
afterAll(() => harness.close());

describe('the Cohere client', () => {
  it('gets its answer, and it is recorded', async () => {
    harness.loopback.reply(json(COHERE_ANSWER));
    expect((await client.chat(PROMPT)).message.content).toEqual([{ type: 'text', text: 'Hi' }]);
    expect(harness.recorded()).toEqual(ONE);
  });

  it.each([
    ['text', COHERE_FRAMES, 'COMPLETE', 6],
    ['a tool call', COHERE_TOOL_FRAMES, 'TOOL_CALL', 5],
  ])('gets every event of a stream of %s', async (_title, frames, reason, count) => {
    harness.loopback.reply(events(frames));
    const types: string[] = [];
    for await (const { type } of await client.chatStream(PROMPT)) types.push(type);
    expect([types.length, types.at(-1)]).toEqual([count, 'message-end']);
    expect(harness.recorded()).toEqual({
      ...ONE,
      requests: [{ ...REQUEST, streamed: true, finishReasons: [reason] }],
      firstTokens: 1,
    });
  });

  it('counts embeddings', async () => {
    harness.loopback.reply(json(COHERE_EMBEDDINGS));
    await client.embed({
      model: 'embed-v4.0',
      inputType: 'search_document',
      texts: ['hello'],
      embeddingTypes: ['float'],
    });
    expect(harness.recorded()).toEqual({
      ...ONE,
      requests: [{ ...REQUEST, model: 'embed-v4.0', operation: 'embeddings', finishReasons: undefined }],
      usage: [{ inputTokens: 2 }],
    });
  });

  it('throws for a 429 what it always throws', async () => {
    harness.loopback.reply(json({ message: 'slow down' }, 429));
    await expect(client.chat(PROMPT)).rejects.toThrow(CohereError);
    const request = { ...REQUEST, outcome: 'rate_limited', finishReasons: undefined };
    expect(harness.recorded()).toEqual({ ...ONE, requests: [request], usage: [] });
  });
});
