import { type FetchHarness, startFetchHarness } from '../support/fetch-harness.js';
import { MESSAGE_FRAMES, messageAnswer } from '../support/providers/anthropic.js';
import { COHERE_V1_EVENTS } from '../support/providers/cohere.js';
import { CONTENT_ANSWER } from '../support/providers/google.js';
import { events, json, type Reply } from '../support/providers/loopback.js';
import { lines } from '../support/providers/ollama.js';
import { CHAT_FRAMES, chatAnswer, responseAnswer } from '../support/providers/openai.js';
import { VOYAGE_EMBEDDINGS } from '../support/providers/rerank.js';

/** Each amount is counted by hand: tokens times dollars per million tokens. */
const BILLS: readonly (readonly [
  title: string,
  url: string,
  model: string,
  reply: Reply,
  costUsd: number,
])[] = [
  [
    'OpenAI with most of its input from the cache',
    'https://api.openai.com/v1/chat/completions',
    'gpt-4o-mini',
    events(CHAT_FRAMES),
    (93 * 0.15 + 1_024 * 0.075 + 46 * 0.6) / 1e6,
  ],
  [
    'OpenAI at the flex tier',
    'https://api.openai.com/v1/responses',
    'o4-mini',
    json(responseAnswer()),
    ((264 * 1.1 + 64 * 0.275 + 152 * 4.4) * 0.5) / 1e6,
  ],
  [
    'Anthropic, which writes its cache for five minutes and for an hour',
    'https://api.anthropic.com/v1/messages',
    'claude-sonnet-4-6',
    events(MESSAGE_FRAMES),
    (12 * 3 + 8_000 * 0.3 + 200 * 3.75 + 1_000 * 6 + 89 * 15) / 1e6,
  ],
  [
    'the same without a stream',
    'https://api.anthropic.com/v1/messages',
    'claude-sonnet-4-6',
    json(messageAnswer()),
    (12 * 3 + 8_000 * 0.3 + 200 * 3.75 + 1_000 * 6 + 89 * 15) / 1e6,
  ],
  [
    'Gemini, which thinks and reads what its tools found',
    'https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:generateContent',
    'gemini-2.5-flash',
    json(CONTENT_ANSWER),
    (550 * 0.3 + 1_500 * 0.03 + 60 * 2.5) / 1e6,
  ],
  [
    'Cohere, which bills less than it reads',
    'https://api.cohere.com/v1/chat',
    'command-a-03-2025',
    lines(COHERE_V1_EVENTS),
    (17 * 2.5 + 12 * 10) / 1e6,
  ],
  [
    'embeddings of Voyage, which has only a total',
    'https://api.voyageai.com/v1/embeddings',
    'voyage-3.5',
    json(VOYAGE_EMBEDDINGS),
    (10 * 0.06) / 1e6,
  ],
  [
    'xAI, which says itself what it charges',
    'https://api.x.ai/v1/chat/completions',
    'grok-4',
    json(chatAnswer({ usage: { prompt_tokens: 9, completion_tokens: 1, cost_in_usd_ticks: 232_856_000 } })),
    0.0232856,
  ],
];

let harness: FetchHarness;
beforeAll(async () => {
  harness = await startFetchHarness();
});
afterEach(() => harness.reset());
afterAll(() => harness.close());

describe('an answer read by the seam', () => {
  it.each(BILLS)('costs what the provider bills: %s', async (_title, url, model, reply, costUsd) => {
    harness.loopback.reply(reply);
    await (await harness.fetch(url, { method: 'POST', body: JSON.stringify({ model }) })).text();
    const [[, , , recorded] = []] = harness.recorder.callsOf('cost');
    expect(recorded).toBeCloseTo(costUsd, 12);
  });

  it('is unpriced, and not free, when its price is not known', async () => {
    harness.loopback.reply(json(chatAnswer({ model: 'own-model-2' })));
    const fetch = harness.instrument({ hosts: { 'localhost:8000': { provider: 'vllm' } } });
    const init = { method: 'POST', body: '{"model":"own-model"}' };
    await (await fetch('http://localhost:8000/v1/chat/completions', init)).text();
    expect(harness.recorder.callsOf('unpriced')).toEqual([
      ['unpriced', 'vllm', 'own-model', 'unknown_provider'],
    ]);
    expect(harness.recorder.callsOf('cost')).toEqual([]);
  });
});
