import { CohereClient, CohereClientV2 } from 'cohere-ai';
import { Together } from 'together-ai';
import { VoyageAIClient } from 'voyageai';
import {
  type FetchHarness,
  type Recorded,
  type RequestRecord,
  recordedOnce,
  startFetchHarness,
} from '../../support/fetch-harness.js';
import { COHERE_RERANK } from '../../support/providers/cohere.js';
import { json, type Reply } from '../../support/providers/loopback.js';
import {
  DOCUMENTS,
  JINA_EMBEDDINGS,
  JINA_RERANK,
  TOGETHER_EMBEDDINGS,
  TOGETHER_RERANK,
  VOYAGE_CONTEXTUALIZED,
  VOYAGE_EMBEDDINGS,
  VOYAGE_MULTIMODAL,
  VOYAGE_RERANK,
} from '../../support/providers/rerank.js';

const query = 'Organic skincare';

/** Calls that do not end well. */
const FAILURES: readonly (readonly [title: string, reply: Reply, outcome: string])[] = [
  ['is refused', json({ detail: 'slow down' }, 429), 'rate_limited'],
  [
    'breaks off',
    { headers: { 'content-type': 'application/json' }, body: '{"id"', ending: 'break' },
    'network',
  ],
  [
    'is aborted',
    { headers: { 'content-type': 'application/json' }, body: '{"id"', ending: 'hang' },
    'client_cancelled',
  ],
];

/** A signal that aborts a call once the server has it, where that is the outcome. */
function abortOf(outcome: string): AbortSignal {
  const controller = new AbortController();
  const abortSoon = (): void => {
    if (harness.loopback.calls.length > 0) controller.abort();
    else setImmediate(abortSoon);
  };
  if (outcome === 'client_cancelled') abortSoon();
  return controller.signal;
}

let harness: FetchHarness;
beforeAll(async () => {
  harness = await startFetchHarness();
});
afterEach(() => harness.reset());
afterAll(() => harness.close());

/** What a call leaves behind whose answer names the model as the request does. */
function one(operation: string, provider: string, model: string, usage: object, rest: object = {}): Recorded {
  const request: RequestRecord = {
    provider,
    model,
    outcome: 'success',
    operation,
    streamed: false,
    answeredBy: model,
    finishReasons: undefined,
    ...rest,
  };
  return recordedOnce(request, usage);
}

describe('the Cohere client', () => {
  const counts = { searchUnits: 1, rerankedDocuments: 3 };
  const expected = one('rerank', 'cohere', 'rerank-v3.5', counts, { answeredBy: undefined });

  it('reranks by version 2 of the API, and searches and documents are counted', async () => {
    harness.loopback.reply(json(COHERE_RERANK));
    const client = new CohereClientV2({ token: 'key', fetch: harness.fetch, maxRetries: 0 });
    const { results } = await client.rerank({ model: 'rerank-v3.5', query, documents: DOCUMENTS, topN: 2 });
    expect(results.map(({ index }) => index)).toEqual([3, 0]);
    expect(harness.recorded()).toEqual(expected);
  });

  it('reranks by version 1, documents that are objects too', async () => {
    harness.loopback.reply(json(COHERE_RERANK));
    const client = new CohereClient({ token: 'key', fetch: harness.fetch, maxRetries: 0 });
    const documents = DOCUMENTS.map((text) => ({ text }));
    await client.rerank({ model: 'rerank-v3.5', query, documents });
    expect(harness.recorded()).toEqual(expected);
  });

  it('throws for an error what it always throws', async () => {
    harness.loopback.reply(json({ message: 'invalid api token' }, 401));
    const client = new CohereClientV2({ token: 'key', fetch: harness.fetch, maxRetries: 0 });
    await expect(client.rerank({ model: 'rerank-v3.5', query, documents: DOCUMENTS })).rejects.toThrow(
      'invalid api token',
    );
    expect(harness.recorded()).toMatchObject({ requests: [{ outcome: 'auth' }], usage: [], usageMissing: 0 });
  });
});

describe('the Voyage client', () => {
  const client = (): VoyageAIClient =>
    new VoyageAIClient({ apiKey: 'key', fetch: harness.fetch, maxRetries: 0 });

  it('reranks, and tokens and documents are counted', async () => {
    harness.loopback.reply(json(VOYAGE_RERANK));
    const answer = await client().rerank({ model: 'rerank-2', query, documents: DOCUMENTS });
    expect(answer).toMatchObject({ usage: { totalTokens: 26 } });
    expect(harness.recorded()).toEqual(
      one('rerank', 'voyageai', 'rerank-2', { inputTokens: 26, rerankedDocuments: 3 }),
    );
  });

  it('counts the tokens of embeddings', async () => {
    harness.loopback.reply(json(VOYAGE_EMBEDDINGS));
    await client().embed({ model: 'voyage-3.5', input: 'Hi' });
    expect(harness.recorded()).toEqual(one('embeddings', 'voyageai', 'voyage-3.5', { inputTokens: 10 }));
  });

  it('counts the tokens of contextualized embeddings', async () => {
    harness.loopback.reply(json(VOYAGE_CONTEXTUALIZED));
    await client().contextualizedEmbed({ model: 'voyage-context-3', inputs: [['Hi', 'there']] });
    expect(harness.recorded()).toEqual(
      one('embeddings', 'voyageai', 'voyage-context-3', { inputTokens: 12 }),
    );
  });

  it.each(FAILURES)('has the outcome of a call that %s', async (_title, reply, outcome) => {
    harness.loopback.reply(reply);
    const abortSignal = abortOf(outcome);
    await expect(
      client().rerank({ model: 'rerank-2', query, documents: DOCUMENTS }, { abortSignal }),
    ).rejects.toThrow();
    expect(harness.recorded()).toMatchObject({ requests: [{ outcome }], usage: [], active: 0 });
  });

  it('counts images as a part of the tokens', async () => {
    harness.loopback.reply(json(VOYAGE_MULTIMODAL));
    const inputs = [{ content: [{ type: 'text' as const, text: 'Hi' }] }];
    await client().multimodalEmbed({ model: 'voyage-multimodal-3', inputs });
    expect(harness.recorded()).toEqual(
      one('embeddings', 'voyageai', 'voyage-multimodal-3', { inputTokens: 3_576, inputImageTokens: 3_571 }),
    );
  });
});

describe('the Together client', () => {
  const client = (): Together => new Together({ apiKey: 'key', fetch: harness.fetch, maxRetries: 0 });

  it('reranks, and tokens and documents are counted', async () => {
    harness.loopback.reply(json(TOGETHER_RERANK));
    const model = 'Salesforce/Llama-Rank-v1';
    const { results } = await client().rerank.create({ model, query, documents: DOCUMENTS });
    expect(results).toEqual(TOGETHER_RERANK.results);
    expect(harness.recorded()).toEqual(
      one('rerank', 'together', model, { inputTokens: 1_837, rerankedDocuments: 3 }),
    );
  });

  it('says that a rerank reported no usage', async () => {
    harness.loopback.reply(json({ ...TOGETHER_RERANK, usage: null }));
    const model = 'Salesforce/Llama-Rank-v1';
    await client().rerank.create({ model, query, documents: DOCUMENTS });
    expect(harness.recorded()).toMatchObject({ usage: [], usageMissing: 1 });
  });

  it('says that embeddings reported no usage', async () => {
    harness.loopback.reply(json(TOGETHER_EMBEDDINGS));
    const model = 'BAAI/bge-base-en-v1.5';
    await client().embeddings.create({ model, input: 'Hi' });
    expect(harness.recorded()).toEqual({
      ...one('embeddings', 'together', model, {}),
      usage: [],
      usageMissing: 1,
    });
  });
});

describe.each<[string, () => (signal: AbortSignal) => Promise<unknown>]>([
  [
    'the Cohere client',
    () => {
      const client = new CohereClientV2({ token: 'key', fetch: harness.fetch, maxRetries: 0 });
      return (abortSignal) =>
        client.rerank({ model: 'rerank-v3.5', query, documents: DOCUMENTS }, { abortSignal });
    },
  ],
  [
    'the Together client',
    () => {
      const client = new Together({ apiKey: 'key', fetch: harness.fetch, maxRetries: 0 });
      return (signal) =>
        client.embeddings.create({ model: 'BAAI/bge-base-en-v1.5', input: 'Hi' }, { signal });
    },
  ],
])('%s', (_title, create) => {
  it.each(FAILURES)('has the outcome of a call that %s', async (_case, reply, outcome) => {
    harness.loopback.reply(reply);
    await expect(create()(abortOf(outcome))).rejects.toThrow();
    expect(harness.recorded()).toMatchObject({ requests: [{ outcome }], usage: [], active: 0 });
  });
});

describe('Jina, which is called without a client', () => {
  it.each([
    ['rerank', JINA_RERANK, { query, documents: DOCUMENTS }, { inputTokens: 815, rerankedDocuments: 3 }],
    ['embeddings', JINA_EMBEDDINGS, { input: ['Hi'] }, { inputTokens: 6 }],
  ])('counts %s', async (path, answer, parts, counts) => {
    harness.loopback.reply(json(answer));
    const body = JSON.stringify({ model: answer.model, ...parts });
    const headers = { 'content-type': 'application/json' };
    const response = await harness.fetch(`https://api.jina.ai/v1/${path}`, { method: 'POST', headers, body });
    expect(await response.json()).toEqual(answer);
    expect(harness.recorded()).toEqual(one(path, 'jina', answer.model, counts));
  });
});

describe('a rerank of many documents', () => {
  const call = async (input: (body: string) => Request | undefined, body: string): Promise<void> => {
    harness.loopback.reply(json(COHERE_RERANK));
    const url = 'https://api.cohere.com/v2/rerank';
    const request = input(body);
    await (await (request ? harness.fetch(request) : harness.fetch(url, { method: 'POST', body }))).text();
  };
  const body = JSON.stringify({
    documents: Array.from({ length: 20_000 }, (_, index) => `document ${index}`),
    query,
    model: 'rerank-v3.5',
  });

  it.each([
    ['in memory', () => undefined],
    [
      'in a Request that is read as it is sent',
      (text: string) =>
        new Request('https://api.cohere.com/v2/rerank', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: text,
        }),
    ],
  ])('counts them without keeping them, and finds the model after them: %s', async (_title, input) => {
    await call(input, body);
    expect(harness.recorded()).toMatchObject({
      requests: [{ model: 'rerank-v3.5', outcome: 'success' }],
      usage: [{ searchUnits: 1, rerankedDocuments: 20_000 }],
    });
  });
});
