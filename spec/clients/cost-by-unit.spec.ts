import { instrumentFetch } from '../../lib/fetch.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { COHERE_RERANK } from '../support/providers/cohere.js';
import { json, type Loopback, startLoopback } from '../support/providers/loopback.js';
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
      },
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
