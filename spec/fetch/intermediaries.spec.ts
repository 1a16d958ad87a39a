import { instrumentFetch } from '../../lib/fetch.js';
import { METRICS, type MetricName } from '../../lib/index.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { json, type Loopback, type Reply, startLoopback } from '../support/providers/loopback.js';
import { recordedSeries } from '../support/recorded-series.js';

/** The series of a metric under the values of its labels. */
type Series = Readonly<Record<string, unknown>>;

let loopback: Loopback;
let test: TestMonitoring;

beforeAll(async () => {
  loopback = await startLoopback();
});
afterAll(() => loopback.close());
beforeEach(async () => {
  test = await startTestMonitoring();
});
afterEach(() => test.shutdown());

interface Call {
  readonly url: string;
  readonly model?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** That of `localhost:9000`. */
  readonly provider?: string;
}

const chat = (answer: object, headers: Readonly<Record<string, string>> = {}): Reply =>
  json(
    {
      id: 'a',
      model: 'gpt-4o-2024-08-06',
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'hi' } }],
      usage: { prompt_tokens: 1_000, completion_tokens: 100, total_tokens: 1_100 },
      ...answer,
    },
    200,
    headers,
  );

const message = {
  id: 'm',
  type: 'message',
  model: 'claude-sonnet-4-5-20250929',
  content: [{ type: 'text', text: 'hi' }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 1_000, output_tokens: 100 },
};
const gemini = {
  candidates: [{ content: { parts: [{ text: 'hi' }] }, finishReason: 'STOP' }],
  usageMetadata: { promptTokenCount: 1_000, candidatesTokenCount: 100, totalTokenCount: 1_100 },
  modelVersion: 'gemini-2.5-flash',
};

async function send(call: Call, gateways?: 'separate' | 'merge'): Promise<Response> {
  const fetch = instrumentFetch(loopback.fetch, {
    gateways,
    hosts: {
      'localhost:4000': { provider: 'litellm' },
      'localhost:9000': { provider: call.provider ?? 'mine' },
    },
  });
  const response = await fetch(call.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...call.headers },
    body: JSON.stringify({ model: call.model, messages: [] }),
  });
  await response.text();
  return response;
}

const series = (metric: MetricName): Promise<Series> => recordedSeries(test, metric);

/** The providers of all series that were recorded. */
async function providers(): Promise<readonly unknown[]> {
  const names = Object.keys(METRICS).filter((name) => !name.startsWith('llm_edge_monitoring_'));
  const all = await Promise.all(names.map((name) => test.series(name as MetricName)));
  return [...new Set(all.flat().flatMap(({ labels }) => labels['provider'] ?? []))];
}

const CLOUDFLARE = 'https://gateway.ai.cloudflare.com/v1/account/gateway';
const HELICONE = 'https://gateway.helicone.ai';

const INTERMEDIARIES: readonly (Call & {
  readonly name: string;
  readonly separate: string;
  readonly merge: string;
  readonly answer?: Reply;
  /** The model in the merged series. */
  readonly mergedModel?: string;
})[] = [
  {
    name: 'Vercel, by the model',
    url: 'https://ai-gateway.vercel.sh/v1/chat/completions',
    model: 'openai/gpt-4o',
    separate: 'vercel/openai',
    merge: 'openai',
    mergedModel: 'gpt-4o',
    answer: chat({ provider_metadata: { gateway: { routing: { finalProvider: 'azure' } } } }),
  },
  {
    name: "Vercel, in Anthropic's API",
    url: 'https://ai-gateway.vercel.sh/v1/messages',
    model: 'anthropic/claude-sonnet-4.5',
    separate: 'vercel/anthropic',
    merge: 'anthropic',
    mergedModel: 'claude-sonnet-4.5',
    answer: json(message),
  },
  {
    name: 'Cloudflare, by the path',
    url: `${CLOUDFLARE}/openai/chat/completions`,
    model: 'gpt-4o',
    separate: 'cloudflare/openai',
    merge: 'openai',
    answer: chat({}, { 'cf-aig-provider': 'azure-openai' }),
  },
  {
    name: 'Cloudflare, in the API of Anthropic',
    url: `${CLOUDFLARE}/anthropic/v1/messages`,
    model: 'claude-sonnet-4-5',
    separate: 'cloudflare/anthropic',
    merge: 'anthropic',
    answer: json(message),
  },
  {
    name: 'Cloudflare, in the API of Google',
    url: `${CLOUDFLARE}/google-ai-studio/v1beta/models/gemini-2.5-flash:generateContent`,
    separate: 'cloudflare/google',
    merge: 'google',
    mergedModel: 'gemini-2.5-flash',
    answer: json(gemini),
  },
  {
    name: 'Cloudflare, in the API of Vertex AI',
    url: `${CLOUDFLARE}/google-vertex-ai/v1/projects/p/locations/l/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict`,
    separate: 'cloudflare/vertex',
    merge: 'vertex',
    mergedModel: 'claude-sonnet-4-5@20250929',
    answer: json(message),
  },
  {
    name: 'Cloudflare, by the model',
    url: `${CLOUDFLARE}/compat/chat/completions`,
    model: 'openai/gpt-4o',
    separate: 'cloudflare/openai',
    merge: 'openai',
    mergedModel: 'gpt-4o',
    answer: chat(
      { model: 'llama-3.3-70b-versatile' },
      { 'cf-aig-provider': 'groq', 'cf-aig-model': 'llama-3.3-70b-versatile' },
    ),
  },
  {
    name: 'Cloudflare, by a deployment of Azure in the path',
    url: `${CLOUDFLARE}/azure-openai/resource/my-gpt/chat/completions?api-version=2024-06-01`,
    separate: 'cloudflare/azure',
    merge: 'azure',
    mergedModel: 'my-gpt',
  },
  {
    name: 'Cloudflare, by a route of its own',
    url: `${CLOUDFLARE}/compat/chat/completions`,
    model: 'dynamic/support',
    separate: 'cloudflare',
    merge: 'cloudflare',
    mergedModel: 'dynamic/support',
    answer: chat({}, { 'cf-aig-provider': 'openai', 'cf-aig-model': 'gpt-4o' }),
  },
  {
    name: 'Portkey, by a header',
    url: 'https://api.portkey.ai/v1/chat/completions',
    model: 'gpt-4o',
    headers: { 'x-portkey-provider': 'azure-openai' },
    separate: 'portkey/azure',
    merge: 'azure',
    answer: chat({}, { 'x-portkey-provider': 'openai' }),
  },
  {
    name: 'Portkey, by a config',
    url: 'https://api.portkey.ai/v1/chat/completions',
    model: 'gpt-4o',
    headers: { 'x-portkey-config': '{"provider":"openai","retry":{"attempts":3}}' },
    separate: 'portkey/openai',
    merge: 'openai',
  },
  {
    name: 'Portkey, by the model',
    url: 'https://api.portkey.ai/v1/chat/completions',
    model: '@openai/gpt-4o',
    separate: 'portkey/openai',
    merge: 'openai',
    mergedModel: 'gpt-4o',
  },
  {
    name: 'Portkey, by the id of a stored config',
    url: 'https://api.portkey.ai/v1/chat/completions',
    model: 'gpt-4o',
    headers: { 'x-portkey-config': 'pc-abc123' },
    separate: 'portkey',
    merge: 'portkey',
    answer: chat({}, { 'x-portkey-provider': 'openai' }),
  },
  {
    name: 'Helicone, by the host',
    url: 'https://oai.helicone.ai/v1/chat/completions',
    model: 'gpt-4o',
    separate: 'helicone/openai',
    merge: 'openai',
  },
  {
    name: 'Helicone, by the host of Anthropic',
    url: 'https://anthropic.helicone.ai/v1/messages',
    model: 'claude-sonnet-4-5',
    separate: 'helicone/anthropic',
    merge: 'anthropic',
    answer: json(message),
  },
  {
    name: 'Helicone, by the URL in a header',
    url: `${HELICONE}/v1beta/models/gemini-2.5-flash:generateContent`,
    headers: { 'Helicone-Target-URL': 'https://generativelanguage.googleapis.com' },
    separate: 'helicone/google',
    merge: 'google',
    mergedModel: 'gemini-2.5-flash',
    answer: json(gemini),
  },
  {
    name: 'Helicone, by the model',
    url: 'https://ai-gateway.helicone.ai/chat/completions',
    model: 'gpt-4o/openai',
    separate: 'helicone/openai',
    merge: 'openai',
    mergedModel: 'gpt-4o',
  },
  {
    name: 'LiteLLM, by the model',
    url: 'http://localhost:4000/v1/chat/completions',
    model: 'openai/gpt-4o',
    separate: 'litellm/openai',
    merge: 'openai',
    mergedModel: 'gpt-4o',
    answer: chat({}, { 'x-litellm-model-name': 'azure/my-gpt' }),
  },
  {
    name: 'LiteLLM, by the path',
    url: 'http://localhost:4000/anthropic/v1/messages',
    model: 'claude-sonnet-4-5',
    separate: 'litellm/anthropic',
    merge: 'anthropic',
    answer: json(message),
  },
  {
    name: 'LiteLLM, by a name of its configuration',
    url: 'http://localhost:4000/openai/deployments/fast/chat/completions',
    model: 'fast',
    separate: 'litellm',
    merge: 'litellm',
    answer: chat({}, { 'x-litellm-model-name': 'openai/gpt-4o' }),
  },
  {
    name: 'OpenRouter, by the model',
    url: 'https://openrouter.ai/api/v1/chat/completions',
    model: 'openai/gpt-4o',
    separate: 'openrouter/openai',
    merge: 'openai',
    mergedModel: 'gpt-4o',
    answer: chat({ provider: 'Azure' }),
  },
  {
    name: 'OpenRouter, for a maker that is no provider',
    url: 'https://openrouter.ai/api/v1/chat/completions',
    model: 'nousresearch/hermes-4-70b',
    separate: 'openrouter',
    merge: 'openrouter',
    mergedModel: 'nousresearch/hermes-4-70b',
    answer: chat({ model: 'nousresearch/hermes-4-70b', provider: 'Groq' }),
  },
  {
    name: 'Requesty, by the model',
    url: 'https://router.requesty.ai/v1/chat/completions',
    model: 'openai/gpt-4o',
    separate: 'requesty/openai',
    merge: 'openai',
    mergedModel: 'gpt-4o',
  },
];

describe('instrumentFetch() through an intermediary', () => {
  it.each([
    ['OpenRouter', 'https://openrouter.ai/api/v1/chat/completions', chat({ provider: 'Google' }), 'vertex'],
    [
      'OpenRouter',
      'https://openrouter.ai/api/v1/chat/completions',
      chat({ provider: 'Google AI Studio' }),
      'google',
    ],
    [
      'Cloudflare',
      `${CLOUDFLARE}/compat/chat/completions`,
      chat({}, { 'cf-aig-provider': 'aws-bedrock' }),
      'bedrock',
    ],
    [
      'Portkey',
      'https://api.portkey.ai/v1/chat/completions',
      chat({}, { 'x-portkey-provider': 'azure-openai' }),
      'azure',
    ],
  ])('names who answered in the words of %s, merged or not', async (name, url, answer, upstream) => {
    const model = name === 'Portkey' ? '@google/gemini-2.5-pro' : 'google/gemini-2.5-pro';
    loopback.reply(answer);
    await send({ url, model }, 'separate');
    loopback.reply(answer);
    await send({ url, model }, 'merge');
    expect(await series('llm_edge_routed_requests_total')).toEqual({
      [`${name.toLowerCase()}/google ${upstream}`]: 1,
      [`google ${upstream}`]: 1,
    });
  });

  describe.each(['separate', 'merge'] as const)('with gateways: %s', (gateways) => {
    it.each(INTERMEDIARIES)('has one provider for failures and answers: $name', async (row) => {
      loopback.reply({ status: 503 }, row.answer ?? chat({}));
      await send(row, gateways);
      await send(row, gateways);
      const model = (gateways === 'merge' ? row.mergedModel : undefined) ?? row.model ?? row.mergedModel;

      expect(await providers()).toEqual([row[gateways]]);
      expect(await series('llm_edge_requests_total')).toEqual({
        [`overloaded ${model} ${row[gateways]} error`]: 1,
        [`${model} ${row[gateways]} success`]: 1,
      });
    });
  });

  it('is separate by default', async () => {
    loopback.reply(chat({}));
    await send({ url: `${CLOUDFLARE}/openai/chat/completions`, model: 'gpt-4o' });
    expect(await providers()).toEqual(['cloudflare/openai']);
  });

  it.each(
    INTERMEDIARIES.filter(({ model = '' }) => /gpt-4o|claude/.test(model) && model !== 'dynamic/support'),
  )('prices the model by the provider behind it: $name', async (row) => {
    loopback.reply(row.answer ?? chat({}));
    await send(row);
    expect(await series('llm_edge_unpriced_requests_total')).toEqual({});
    expect(Object.values(await series('llm_edge_cost_usd_total'))).toEqual([expect.any(Number)]);
  });
});

describe('a provider that an answer names', () => {
  it.each<[string, Call, Reply, string]>([
    [
      'OpenRouter',
      { url: 'https://openrouter.ai/api/v1/chat/completions', model: 'google/gemini-2.5-flash' },
      chat({ model: 'google/gemini-2.5-flash', provider: 'Google AI Studio' }),
      'openrouter/google google',
    ],
    [
      'OpenRouter, of the other Google',
      { url: 'https://openrouter.ai/api/v1/chat/completions', model: 'google/gemini-2.5-flash' },
      chat({ model: 'google/gemini-2.5-flash', provider: 'Google' }),
      'openrouter/google vertex',
    ],
    [
      'OpenRouter, of a provider that is in no table',
      { url: 'https://openrouter.ai/api/v1/chat/completions', model: 'openai/gpt-4o' },
      chat({ provider: 'Some Cloud' }),
      'openrouter/openai some-cloud',
    ],
    [
      'Vercel',
      { url: 'https://ai-gateway.vercel.sh/v1/chat/completions', model: 'anthropic/claude-sonnet-4.5' },
      chat({
        model: 'anthropic/claude-sonnet-4.5',
        providerMetadata: { gateway: { routing: { finalProvider: 'bedrock' } } },
      }),
      'vercel/anthropic bedrock',
    ],
    [
      'Cloudflare',
      { url: `${CLOUDFLARE}/compat/chat/completions`, model: 'dynamic/support' },
      chat({}, { 'cf-aig-provider': 'google-ai-studio', 'cf-aig-model': 'gemini-2.5-flash' }),
      'cloudflare google',
    ],
    [
      'Portkey',
      {
        url: 'https://api.portkey.ai/v1/chat/completions',
        model: 'gpt-4o',
        headers: { 'x-portkey-provider': 'openai' },
      },
      chat({}, { 'x-portkey-provider': 'together-ai' }),
      'portkey/openai together',
    ],
    [
      'LiteLLM',
      { url: 'http://localhost:4000/v1/chat/completions', model: 'gpt-4o' },
      chat({}, { 'x-litellm-model-name': 'azure/my-deployment' }),
      'litellm azure',
    ],
  ])('is on the span and in the counter: %s', async (_name, call, answer, expected) => {
    loopback.reply(answer);
    await send(call);

    expect(await series('llm_edge_routed_requests_total')).toEqual({ [expected]: 1 });
    const [span] = await test.spans();
    expect(span?.attributes['llm_edge.upstream']).toBe(expected.split(' ')[1]);
  });

  it('is read from a stream', async () => {
    const chunk = (rest: object): string =>
      `data: ${JSON.stringify({ id: 'g', provider: 'Azure', model: 'openai/gpt-4o', ...rest })}\n\n`;
    const delta = (content: string): object => ({ choices: [{ index: 0, delta: { content } }] });
    loopback.reply({
      headers: { 'content-type': 'text/event-stream' },
      body: [
        chunk(delta('a')),
        chunk(delta('b')),
        chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
        chunk({ choices: [], usage: { prompt_tokens: 10, completion_tokens: 2, cost: 0.5, is_byok: false } }),
        'data: [DONE]\n\n',
      ],
    });
    await send({ url: 'https://openrouter.ai/api/v1/chat/completions', model: 'openai/gpt-4o' });
    expect(await series('llm_edge_routed_requests_total')).toEqual({ 'openrouter/openai azure': 1 });
    expect(await series('llm_edge_cost_usd_total')).toEqual({ 'openai/gpt-4o openrouter/openai': 0.5 });
  });

  it('does not exceed the limit of routes, whatever answers say', async () => {
    await test.shutdown();
    test = await startTestMonitoring({ limits: { routes: 2 } });
    const call = { url: 'https://openrouter.ai/api/v1/chat/completions', model: 'openai/gpt-4o' };
    for (const provider of ['a', 'b', 'c', 'd']) {
      loopback.reply(chat({ provider }));
      await send(call);
    }
    expect(await series('llm_edge_routed_requests_total')).toEqual({
      'openrouter/openai a': 1,
      'openrouter/openai b': 1,
      'openrouter/openai other': 2,
    });
  });
});

describe('a fallback to another model', () => {
  const OPENROUTER = 'https://openrouter.ai/api/v1/chat/completions';

  it('leaves requests, errors and durations with the requested model, and gives the rest to the one that answered', async () => {
    const call = { url: OPENROUTER, model: 'openai/gpt-4o' };
    loopback.reply({ status: 503 }, chat({ model: 'anthropic/claude-sonnet-4.5', provider: 'Anthropic' }));
    await send(call);
    await send(call);

    expect(await series('llm_edge_requests_total')).toEqual({
      'overloaded openai/gpt-4o openrouter/openai error': 1,
      'openai/gpt-4o openrouter/openai success': 1,
    });
    expect(Object.keys(await series('llm_edge_request_duration_ms'))).toEqual([
      'openai/gpt-4o openrouter/openai',
    ]);
    expect(await series('llm_edge_tokens_total')).toEqual({
      'anthropic/claude-sonnet-4.5 openrouter/openai input': 1_000,
      'anthropic/claude-sonnet-4.5 openrouter/openai output': 100,
    });
    // Claude's 3 and 15 dollars for a million tokens.
    expect(await series('llm_edge_cost_usd_total')).toEqual({
      'anthropic/claude-sonnet-4.5 openrouter/openai': expect.closeTo(0.0045, 10),
    });
  });

  it('is priced by the provider that answered where gateways are merged', async () => {
    loopback.reply(chat({ model: 'openai/gpt-4o', provider: 'Azure' }));
    await send({ url: OPENROUTER, model: 'anthropic/claude-sonnet-4.5' }, 'merge');

    expect(await series('llm_edge_unpriced_requests_total')).toEqual({});
    // 2.5 and 10 dollars for a million tokens.
    expect(await series('llm_edge_cost_usd_total')).toEqual({
      'openai/gpt-4o anthropic': expect.closeTo(0.0035, 10),
    });
  });

  const HEADERS = { 'x-litellm-model-name': 'azure/gpt-4o-mini', 'x-litellm-attempted-fallbacks': '1' };

  it.each<[string, Call, Reply, string]>([
    [
      'is none if a snapshot answers',
      { url: 'https://api.openai.com/v1/chat/completions', model: 'gpt-4o' },
      chat({ model: 'gpt-4o-2024-08-06' }),
      'gpt-4o openai',
    ],
    ...(
      [
        ['google', 'gemini-flash-latest', 'gemini-2.5-flash-preview-09-2025'],
        ['openrouter', 'deepseek/deepseek-r1:free', 'deepseek/deepseek-r1-0528'],
        ['openrouter', 'anthropic/claude-sonnet-4.5', 'anthropic/claude-4.5-sonnet-20250929'],
        ['xai', 'grok-4-fast', 'grok-4-fast-reasoning'],
        ['mistral', 'mistral-large-latest', 'mistral-large-2411'],
        ['bedrock', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'claude-sonnet-4-5-20250929'],
        ['vllm', 'mine', '/models/llama'],
      ] as const
    ).map(([provider, model, answered]): [string, Call, Reply, string] => [
      `is none for an alias, a variant or a name of the user's: ${model}`,
      { url: 'http://localhost:9000/v1/chat/completions', model, provider },
      chat({ model: answered }),
      `${model} ${provider === 'openrouter' ? `openrouter/${model.split('/', 1)[0]}` : provider}`,
    ]),
    [
      'is none if the provider is left out',
      { url: OPENROUTER, model: 'openai/gpt-4o' },
      chat({ model: 'gpt-4o' }),
      'openai/gpt-4o openrouter/openai',
    ],
    [
      'is none if a deployment is called otherwise than its model',
      { url: 'https://r.openai.azure.com/openai/deployments/gpt-4/chat/completions', model: 'gpt-4' },
      chat({ model: 'gpt-4o-2024-08-06' }),
      'gpt-4 azure',
    ],
    [
      "is none for a name of the gateway's configuration",
      { url: 'http://localhost:4000/v1/chat/completions', model: 'fast' },
      chat({ model: 'gpt-4o-mini' }),
      'fast litellm',
    ],
    [
      'is one if LiteLLM says so, whatever the body says',
      { url: 'http://localhost:4000/v1/chat/completions', model: 'fast' },
      chat({ model: 'fast' }, HEADERS),
      'azure/gpt-4o-mini litellm',
    ],
    [
      'is one between two models of one maker',
      { url: 'https://api.openai.com/v1/chat/completions', model: 'gpt-4o' },
      chat({ model: 'gpt-4o-mini-2024-07-18' }),
      'gpt-4o-mini-2024-07-18 openai',
    ],
    [
      'is one if a router chooses',
      { url: OPENROUTER, model: 'openrouter/auto' },
      chat({ model: 'openai/gpt-4o-mini' }),
      'openai/gpt-4o-mini openrouter',
    ],
  ])('%s', async (_title, call, answer, expected) => {
    loopback.reply(answer);
    await send(call);
    expect(await series('llm_edge_tokens_total')).toEqual({
      [`${expected} input`]: 1_000,
      [`${expected} output`]: 100,
    });
    expect(Object.keys(await series('llm_edge_requests_total'))).toEqual([
      `${call.model} ${expected.split(' ')[1]} success`,
    ]);
  });
});
