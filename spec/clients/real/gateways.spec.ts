import Anthropic from '@anthropic-ai/sdk';
import { createGateway, embed, generateText, streamText } from 'ai';
import OpenAI from 'openai';
import { type FetchHarness, startFetchHarness } from '../../support/fetch-harness.js';
import { MESSAGE_FRAMES, messageAnswer } from '../../support/providers/anthropic.js';
import { events, json } from '../../support/providers/loopback.js';
import { CHAT_FRAMES, chatAnswer } from '../../support/providers/openai.js';
import { GATEWAY_COUNTS, GATEWAY_FRAMES, gatewayAnswer } from '../../support/providers/vercel.js';

let harness: FetchHarness;
beforeAll(async () => {
  harness = await startFetchHarness();
});
afterEach(() => harness.reset());
afterAll(() => harness.close());

/** The provider, model and outcome of each request. */
const requests = (): readonly unknown[] =>
  harness.recorded().requests.map(({ provider, model, outcome }) => [provider, model, outcome]);

const CLOUDFLARE = 'https://gateway.ai.cloudflare.com/v1/account/gateway';

describe("OpenAI's client through a gateway", () => {
  it.each<[string, string, string, Readonly<Record<string, string>>, string]>([
    ['Vercel', 'https://ai-gateway.vercel.sh/v1', 'openai/gpt-4o', {}, 'vercel/openai'],
    ['Cloudflare', `${CLOUDFLARE}/openai`, 'gpt-4o', {}, 'cloudflare/openai'],
    ['Cloudflare, for any provider', `${CLOUDFLARE}/compat`, 'groq/llama-3', {}, 'cloudflare/groq'],
    ['Portkey', 'https://api.portkey.ai/v1', 'gpt-4o', { 'x-portkey-provider': 'openai' }, 'portkey/openai'],
    ['Helicone', 'https://oai.helicone.ai/v1', 'gpt-4o', { 'Helicone-Auth': 'Bearer k' }, 'helicone/openai'],
    [
      'Helicone, for any provider',
      'https://gateway.helicone.ai/openai/v1',
      'llama-3',
      { 'Helicone-Target-Url': 'https://api.groq.com' },
      'helicone/groq',
    ],
    ['LiteLLM', 'http://localhost:4000', 'openai/gpt-4o', {}, 'litellm/openai'],
    ['OpenRouter', 'https://openrouter.ai/api/v1', 'openai/gpt-4o', {}, 'openrouter/openai'],
    ['Requesty', 'https://router.requesty.ai/v1', 'openai/gpt-4o', {}, 'requesty/openai'],
  ])(
    'counts a failure and an answer under one provider: %s',
    async (_name, baseURL, model, headers, provider) => {
      const fetch = harness.instrument({ hosts: { 'localhost:4000': { provider: 'litellm' } } });
      const openai = new OpenAI({ apiKey: 'key', baseURL, defaultHeaders: headers, maxRetries: 1, fetch });
      harness.loopback.reply({ status: 503, headers: { 'retry-after-ms': '1' } }, json(chatAnswer()));
      const answer = await openai.chat.completions.create({ model, messages: [] });
      expect(answer).toMatchObject(chatAnswer());

      harness.loopback.reply(events(CHAT_FRAMES));
      const stream = await openai.chat.completions.create({ model, messages: [], stream: true });
      for await (const _chunk of stream);
      expect(requests()).toEqual([
        [provider, model, 'overloaded'],
        [provider, model, 'success'],
        [provider, model, 'success'],
      ]);
    },
  );
});

describe("Anthropic's client through a gateway", () => {
  it.each([
    ['Vercel', 'https://ai-gateway.vercel.sh', 'anthropic/claude-sonnet-4.6', 'vercel/anthropic'],
    ['Cloudflare', `${CLOUDFLARE}/anthropic`, 'claude-sonnet-4-6', 'cloudflare/anthropic'],
    ['Helicone', 'https://anthropic.helicone.ai', 'claude-sonnet-4-6', 'helicone/anthropic'],
    ['OpenRouter', 'https://openrouter.ai/api', 'anthropic/claude-sonnet-4.6', 'openrouter/anthropic'],
  ])('counts a failure and an answer under one provider: %s', async (_name, baseURL, model, provider) => {
    const anthropic = new Anthropic({ apiKey: 'key', baseURL, maxRetries: 1, fetch: harness.fetch });
    harness.loopback.reply({ status: 529, headers: { 'retry-after-ms': '1' } }, json(messageAnswer()));
    await anthropic.messages.create({ model, messages: [], max_tokens: 9 });

    harness.loopback.reply(events(MESSAGE_FRAMES));
    await anthropic.messages.stream({ model, messages: [], max_tokens: 9 }).finalMessage();
    expect(requests()).toEqual([
      [provider, model, 'overloaded'],
      [provider, model, 'success'],
      [provider, model, 'success'],
    ]);
  });
});

describe("the AI SDK through Vercel's gateway", () => {
  const REQUEST = {
    provider: 'vercel/openai',
    model: 'openai/gpt-4o',
    outcome: 'success',
    operation: 'chat',
    streamed: false,
    answeredBy: 'gpt-4o-2024-08-06',
    finishReasons: ['stop'],
  };
  const ONE = {
    requests: [REQUEST],
    usage: [GATEWAY_COUNTS],
    firstTokens: 0,
    usageMissing: 0,
    active: 0,
    dropped: [],
  };

  const gateway = () => createGateway({ apiKey: 'key', fetch: harness.fetch });
  const prompt = { prompt: 'Hi', maxRetries: 0 };

  it('gets an answer', async () => {
    harness.loopback.reply(json(gatewayAnswer()));
    const { text, usage } = await generateText({ model: gateway()('openai/gpt-4o'), ...prompt });
    expect([text, usage.inputTokens]).toEqual(['Hi', 30]);
    expect(harness.recorded()).toEqual(ONE);
    expect(harness.recorder.callsOf('cost')).toEqual([['cost', 'vercel/openai', 'openai/gpt-4o', 0.0042]]);
    const [span] = harness.recorder.exporter.getFinishedSpans();
    expect(span?.attributes['llm_edge.upstream']).toBe('azure');
  });

  it('gets a stream', async () => {
    harness.loopback.reply(events(GATEWAY_FRAMES));
    const { textStream } = streamText({ model: gateway()('openai/gpt-4o'), ...prompt });
    let said = '';
    for await (const text of textStream) said += text;
    expect(said).toBe('Hi');
    expect(harness.recorded()).toEqual({
      ...ONE,
      requests: [{ ...REQUEST, streamed: true }],
      firstTokens: 1,
    });
  });

  it('reads a stream that arrives byte by byte', async () => {
    const bytes = Buffer.from(GATEWAY_FRAMES.map((frame) => `${frame}\n\n`).join(''));
    const body = [...bytes].map((byte) => Buffer.of(byte));
    harness.loopback.reply({ headers: { 'content-type': 'text/event-stream' }, body });
    await streamText({ model: gateway()('openai/gpt-4o'), ...prompt }).consumeStream();
    expect(harness.recorded().usage).toEqual([GATEWAY_COUNTS]);
    expect(harness.recorded().requests).toEqual([{ ...REQUEST, streamed: true }]);
  });

  it('gets counts of version 2 of the specification', async () => {
    const usage = {
      inputTokens: 30,
      outputTokens: 9,
      totalTokens: 39,
      reasoningTokens: 4,
      cachedInputTokens: 20,
    };
    harness.loopback.reply(json(gatewayAnswer({ finishReason: 'stop', usage })));
    const response = await harness.fetch('https://ai-gateway.vercel.sh/v1/ai/language-model', {
      method: 'POST',
      headers: { 'ai-language-model-id': 'openai/gpt-4o', 'ai-language-model-streaming': 'false' },
      body: '{"prompt":[]}',
    });
    await response.text();
    expect(harness.recorded()).toEqual(ONE);
  });

  it('gets embeddings', async () => {
    harness.loopback.reply(json({ embeddings: [[0.1]], usage: { tokens: 3 } }));
    const model = gateway().embeddingModel('openai/text-embedding-3-small');
    await embed({ model, value: 'Hi', maxRetries: 0 });
    expect(requests()).toEqual([['vercel/openai', 'openai/text-embedding-3-small', 'success']]);
    expect(harness.recorded().usage).toEqual([{ inputTokens: 3 }]);
  });

  it('gets an error as an answer, within a stream, and as a stream that breaks off', async () => {
    const model = gateway()('openai/gpt-4o');
    const error = { message: 'slow down', type: 'rate_limit_exceeded' };
    harness.loopback.reply(json({ error }, 429));
    await expect(generateText({ model, ...prompt })).rejects.toThrow('slow down');

    const part = { type: 'error', error: { message: 'overloaded', type: 'overloaded_error' } };
    harness.loopback.reply(events([...GATEWAY_FRAMES.slice(0, 4), `data: ${JSON.stringify(part)}`]));
    await streamText({ model, ...prompt, onError: () => undefined }).consumeStream();

    harness.loopback.reply(events(GATEWAY_FRAMES.slice(0, 4), { ending: 'break' }));
    await streamText({ model, ...prompt, onError: () => undefined }).consumeStream({
      onError: () => undefined,
    });

    const rest = ['vercel/openai', 'openai/gpt-4o'];
    expect(requests()).toEqual([
      [...rest, 'rate_limited'],
      [...rest, 'overloaded'],
      [...rest, 'stream_interrupted'],
    ]);
  });

  it('aborts a stream', async () => {
    harness.loopback.reply(events(GATEWAY_FRAMES.slice(0, 4), { ending: 'hang' }));
    const abort = new AbortController();
    const { textStream } = streamText({
      model: gateway()('openai/gpt-4o'),
      ...prompt,
      abortSignal: abort.signal,
      onError: () => undefined,
    });
    for await (const _text of textStream) abort.abort();
    expect(requests()).toEqual([['vercel/openai', 'openai/gpt-4o', 'client_cancelled']]);
  });
});
