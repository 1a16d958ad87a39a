import Groq from 'groq-sdk';
import {
  type FetchHarness,
  type Recorded,
  type RequestRecord,
  recordedOnce,
  startFetchHarness,
} from '../../support/fetch-harness.js';
import { dataFrames, events, json } from '../../support/providers/loopback.js';
import { CHAT_COUNTS, CHAT_USAGE, chatAnswer, chatChunk } from '../../support/providers/openai.js';

const REQUEST: RequestRecord = {
  provider: 'groq',
  model: 'openai/gpt-oss-20b',
  outcome: 'success',
  operation: 'chat',
  streamed: false,
  answeredBy: 'gpt-4o-mini-2024-07-18',
  finishReasons: ['stop'],
};
const ONE: Recorded = recordedOnce(REQUEST, CHAT_COUNTS);
const PROMPT = { model: 'openai/gpt-oss-20b', messages: [{ role: 'user' as const, content: 'Hi' }] };

let harness: FetchHarness;
let client: Groq;
beforeAll(async () => {
  harness = await startFetchHarness();
  client = new Groq({ apiKey: 'key', fetch: harness.fetch, maxRetries: 0 });
});
afterEach(() => harness.reset());
afterAll(() => harness.close());

describe('the Groq client', () => {
  it('gets its answer, and it is recorded', async () => {
    harness.loopback.reply(json(chatAnswer()));
    expect(await client.chat.completions.create(PROMPT)).toEqual(chatAnswer());
    expect(harness.recorded()).toEqual(ONE);
  });

  it('gets a stream of reasoning with its usage in `x_groq`', async () => {
    const frames = dataFrames(
      [
        chatChunk({ role: 'assistant', content: '' }, null, { x_groq: { id: 'req_01' }, usage: undefined }),
        chatChunk({ reasoning: 'Hmm', channel: 'analysis' }, null, { usage: undefined }),
        chatChunk({ content: 'Hi' }, null, { usage: undefined }),
        chatChunk({}, 'stop', { x_groq: { id: 'req_01', usage: CHAT_USAGE }, usage: undefined }),
      ],
      '[DONE]',
    );
    harness.loopback.reply(events(frames));
    let count = 0;
    for await (const _chunk of await client.chat.completions.create({ ...PROMPT, stream: true })) count += 1;
    expect(count).toBe(4);
    expect(harness.recorded()).toEqual({
      ...ONE,
      requests: [{ ...REQUEST, streamed: true }],
      firstTokens: 1,
    });
  });

  it('throws for a 429 what it always throws', async () => {
    harness.loopback.reply(json({ error: { type: 'tokens', code: 'rate_limit_exceeded' } }, 429));
    await expect(client.chat.completions.create(PROMPT)).rejects.toThrow(Groq.RateLimitError);
    const request = { ...REQUEST, outcome: 'rate_limited', answeredBy: undefined, finishReasons: undefined };
    expect(harness.recorded()).toEqual({ ...ONE, requests: [request], usage: [] });
  });
});
