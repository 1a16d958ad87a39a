import { instrumentFetch } from '../../lib/fetch.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { COHERE_RERANK } from '../support/providers/cohere.js';
import { json, type Loopback, type Reply, startLoopback } from '../support/providers/loopback.js';
import { lines, OLLAMA_LINES, OLLAMA_LOADED } from '../support/providers/ollama.js';
import { DOCUMENTS } from '../support/providers/rerank.js';

const OLLAMA = 'http://localhost:11434/api/chat';
const RERANK = 'https://api.cohere.com/v2/rerank';

let loopback: Loopback;
let test: TestMonitoring;
let fetch: typeof globalThis.fetch;
beforeAll(async () => {
  loopback = await startLoopback();
  const hosts = { 'localhost:11434': { provider: 'ollama' } };
  fetch = instrumentFetch((input, init) => loopback.fetch(input, init), { hosts });
});
beforeEach(async () => {
  test = await startTestMonitoring({
    pricing: {
      overrides: {
        ollama: { 'llama3*': { computePerHour: 3.6 }, free: { input: 0, output: 0 } },
        cohere: { 'rerank-*': { rerankSearchPer1000: 2 } },
        bedrock: {
          'amazon.nova-pro*': { input: 1, output: 1, guardrailRunPer1000: 5 },
          'amazon.nova-lite*': { input: 1, output: 1, guardrailUnitPer1000: 10, guardrailRunPer1000: 5 },
        },
        replicate: { '*': { computePerHour: 3.6 } },
        huggingface: { '*': { computePerHour: 36 } },
        openai: { 'dall-e-3': { perImage: 0.04 } },
        mistral: { 'mistral-ocr-2505': { pagePer1000: 2, annotatedPagePer1000: 4 } },
      },
      deployments: { k3v9x2m1p0qz: 'global.anthropic.claude-sonnet-4-5-20250929-v1:0' },
    },
  });
});
afterEach(() => test.shutdown());
afterAll(() => loopback.close());

async function call(url: string, model: string, rest: object = {}): Promise<void> {
  await (await fetch(url, { method: 'POST', body: JSON.stringify({ model, ...rest }) })).text();
}

/** The values of a metric, by the labels that tell its series apart. */
async function valuesOf(name: 'llm_edge_cost_usd_total' | 'llm_edge_billed_units_total'): Promise<object> {
  const series = (await test.series(name)).filter(({ value }) => value !== 0);
  return Object.fromEntries(
    series.map(({ labels, value }) => [
      Object.values({ ...labels, provider: '' })
        .join(' ')
        .trim(),
      value,
    ]),
  );
}

const unpriced = async (): Promise<number> =>
  (await test.series('llm_edge_unpriced_requests_total')).reduce((sum, { value }) => sum + Number(value), 0);

describe('a request to Ollama', () => {
  it('costs the time that it took in the server, by the price of the GPU', async () => {
    loopback.reply(lines(OLLAMA_LINES));
    await call(OLLAMA, 'llama3.2');
    expect(await valuesOf('llm_edge_cost_usd_total')).toEqual({
      'llama3.2': expect.closeTo(0.005043500667, 12),
    });
    expect(await valuesOf('llm_edge_billed_units_total')).toEqual({
      'llama3.2 compute_seconds': expect.closeTo(5.043500667, 9),
    });
    expect(await unpriced()).toBe(0);
  });

  it('is unpriced where no override has its model, and where its time is not known', async () => {
    loopback.reply(lines(OLLAMA_LINES.map((line) => ({ ...line, model: 'qwen3' }))));
    await call(OLLAMA, 'qwen3');
    loopback.reply(lines(OLLAMA_LINES.map((line) => ({ ...line, total_duration: undefined }))));
    await call(OLLAMA, 'llama3.2');
    expect(await valuesOf('llm_edge_cost_usd_total')).toEqual({});
    expect(await unpriced()).toBe(2);
  });

  it('costs nothing by a price of nothing, and nothing where it only loads the model', async () => {
    loopback.reply(lines(OLLAMA_LINES));
    await call(OLLAMA, 'free');
    loopback.reply(json(OLLAMA_LOADED));
    await call(OLLAMA, 'llama3.2');
    expect(await valuesOf('llm_edge_cost_usd_total')).toEqual({});
    expect(await unpriced()).toBe(0);
  });
});

describe('a rerank', () => {
  it('costs its searches, by a price of the user', async () => {
    loopback.reply(json(COHERE_RERANK));
    await call(RERANK, 'rerank-v3.5', { query: 'q', documents: DOCUMENTS });
    expect(await valuesOf('llm_edge_cost_usd_total')).toEqual({ 'rerank-v3.5': 0.002 });
    expect(await valuesOf('llm_edge_billed_units_total')).toEqual({
      'rerank-v3.5 search_units': 1,
      'rerank-v3.5 reranked_documents': 3,
    });
  });

  it('is unpriced without one', async () => {
    loopback.reply(json(COHERE_RERANK));
    await call(RERANK, 'other-rerank', { query: 'q', documents: DOCUMENTS });
    expect(await valuesOf('llm_edge_cost_usd_total')).toEqual({});
    expect(await unpriced()).toBe(1);
  });
});

const BEDROCK = 'https://bedrock-runtime.us-east-1.amazonaws.com/model/';
const GUARDED = { guardrailConfig: { guardrailIdentifier: 'g' } };
const converse = (rest: object = {}): Reply =>
  json({ stopReason: 'end_turn', usage: { inputTokens: 1_000, outputTokens: 100 }, ...rest });
const assessment = { invocationMetrics: { usage: { topicPolicyUnits: 3, wordPolicyUnits: 9 } } };

describe('a call that is billed by a price of the user', () => {
  it.each<[string, string, string, Reply, object, number]>([
    [
      'an application inference profile by the model that it stands for',
      `${BEDROCK}arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fk3v9x2m1p0qz/converse`,
      'k3v9x2m1p0qz',
      converse(),
      {},
      (1_000 * 3 + 100 * 15) / 1e6,
    ],
    [
      'a guardrail that ran',
      `${BEDROCK}amazon.nova-pro-v1%3A0/converse`,
      'amazon.nova-pro-v1:0',
      converse(),
      GUARDED,
      1_100 / 1e6 + 0.005,
    ],
    [
      'a guardrail by its units',
      `${BEDROCK}amazon.nova-lite-v1%3A0/converse`,
      'amazon.nova-lite-v1:0',
      converse({ trace: { guardrail: { inputAssessment: { g: assessment } } } }),
      GUARDED,
      1_100 / 1e6 + 0.03,
    ],
    [
      'a prediction by its seconds',
      'https://api.replicate.com/v1/models/a/b/predictions',
      'a/b',
      json({ id: 'p', status: 'succeeded', metrics: { predict_time: 2 } }),
      {},
      0.002,
    ],
    [
      'an inference by its seconds',
      'https://router.huggingface.co/hf-inference/models/BAAI/bge-m3/pipeline/feature-extraction',
      'BAAI/bge-m3',
      json([[0.1]], 200, { 'x-compute-time': '0.5' }),
      {},
      0.005,
    ],
    [
      'images by their number',
      'https://api.openai.com/v1/images/generations',
      'dall-e-3',
      json({ created: 1, data: [{ url: 'https://a' }, { url: 'https://b' }] }),
      { model: 'dall-e-3' },
      0.08,
    ],
    [
      'annotated pages by their number',
      'https://api.mistral.ai/v1/ocr',
      'mistral-ocr-2505',
      json({ model: 'mistral-ocr-2505', usage_info: { pages_processed: 10 } }),
      { model: 'mistral-ocr-2505', document_annotation_format: { type: 'json_object' } },
      0.04,
    ],
  ])('costs %s', async (_title, url, model, reply, body, costUsd) => {
    loopback.reply(reply);
    await (await fetch(url, { method: 'POST', body: JSON.stringify(body) })).text();
    expect(await valuesOf('llm_edge_cost_usd_total')).toEqual({ [model]: expect.closeTo(costUsd, 12) });
    expect(await unpriced()).toBe(0);
  });
});
