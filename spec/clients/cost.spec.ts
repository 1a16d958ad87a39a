import { type FetchHarness, startFetchHarness } from '../support/fetch-harness.js';
import {
  endEvents,
  MESSAGE_FRAMES,
  MESSAGE_START,
  messageAnswer,
  TEXT_EVENTS,
} from '../support/providers/anthropic.js';
import {
  CONVERSE_ANSWER,
  CONVERSE_EVENTS,
  eventStream,
  INVOCATION_METRICS,
  modelChunk,
} from '../support/providers/bedrock.js';
import { COHERE_EMBEDDINGS, COHERE_V1_EVENTS } from '../support/providers/cohere.js';
import { CONTENT_ANSWER } from '../support/providers/google.js';
import { INTERACTION_FRAMES } from '../support/providers/google-interactions.js';
import { events, json, type Reply } from '../support/providers/loopback.js';
import { lines } from '../support/providers/ollama.js';
import { CHAT_FRAMES, chatAnswer, responseAnswer } from '../support/providers/openai.js';
import { VOYAGE_CONTEXTUALIZED, VOYAGE_EMBEDDINGS } from '../support/providers/rerank.js';

const BEDROCK = 'https://bedrock-runtime.us-east-1.amazonaws.com/model/';
const ARN = 'arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3A';
const REGIONAL_USD = (12 * 3.3 + 8_000 * 0.33 + 200 * 4.125 + 1_000 * 6.6 + 89 * 16.5) / 1e6;
const MESSAGE_PAYLOADS = [MESSAGE_START, ...TEXT_EVENTS, ...endEvents('end_turn')];

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
    'contextualized embeddings of Voyage',
    'https://api.voyageai.com/v1/contextualizedembeddings',
    'voyage-context-3',
    json(VOYAGE_CONTEXTUALIZED),
    (12 * 0.18) / 1e6,
  ],
  [
    'embeddings of Mistral',
    'https://api.mistral.ai/v1/embeddings',
    'mistral-embed',
    json({ id: 'e', object: 'list', model: 'mistral-embed', data: [], usage: { prompt_tokens: 10 } }),
    (10 * 0.1) / 1e6,
  ],
  [
    'embeddings of Cohere',
    'https://api.cohere.com/v2/embed',
    'embed-v4.0',
    json(COHERE_EMBEDDINGS),
    (2 * 0.12) / 1e6,
  ],
  [
    'an interaction of Gemini, which thinks, hears and reads what its tools found',
    'https://generativelanguage.googleapis.com/v1beta/interactions',
    'gemini-3.5-flash',
    events(INTERACTION_FRAMES),
    (550 * 1.5 + 1_500 * 0.15 + 110 * 9) / 1e6,
  ],
  [
    'Converse by a regional inference profile, which writes its cache for five minutes and for an hour',
    `${BEDROCK}us.anthropic.claude-sonnet-4-5-20250929-v1:0/converse`,
    '',
    json(CONVERSE_ANSWER),
    REGIONAL_USD,
  ],
  [
    'the same by the ARN of the profile, streamed',
    `${BEDROCK}${ARN}inference-profile%2Fus.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream`,
    '',
    eventStream(CONVERSE_EVENTS),
    REGIONAL_USD,
  ],
  [
    'a model by InvokeModel and the ARN of the model',
    `${BEDROCK}${ARN}foundation-model%2Famazon.nova-pro-v1%3A0/invoke`,
    '',
    json({
      stopReason: 'end_turn',
      usage: { inputTokens: 7, outputTokens: 3, cacheReadInputTokenCount: 90 },
    }),
    (7 * 0.8 + 90 * 0.2 + 3 * 3.2) / 1e6,
  ],
  [
    'the same, streamed by a profile for the world',
    `${BEDROCK}global.anthropic.claude-sonnet-4-6/invoke-with-response-stream`,
    '',
    eventStream([...MESSAGE_PAYLOADS, INVOCATION_METRICS].map(modelChunk)),
    (12 * 3 + 8_000 * 0.3 + 200 * 3.75 + 1_000 * 6 + 89 * 15) / 1e6,
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
