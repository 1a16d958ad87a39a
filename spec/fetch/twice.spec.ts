import { context } from '@opentelemetry/api';
import { fetch as undiciFetch } from 'undici';
import { instrumentFetch } from '../../lib/fetch.js';
import { observeOperation, observeRequest } from '../../lib/index.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { type ModelServer, startModelServer } from '../support/model-server.js';
import { recordedSeries } from '../support/recorded-series.js';
import { runScript } from '../support/run-script.js';

type Fetch = typeof fetch;

const ANSWER = JSON.stringify({
  model: 'gpt-4o',
  choices: [{ finish_reason: 'stop' }],
  usage: { prompt_tokens: 10, completion_tokens: 5 },
});
const INIT = { method: 'POST', body: '{"model":"gpt-4o"}' };
/** What one call leaves behind, however many fetches it went through. */
const ONCE = {
  requests: { 'gpt-4o vllm success': 1 },
  tokens: { 'gpt-4o vllm input': 10, 'gpt-4o vllm output': 5 },
};

let test: TestMonitoring;
let server: ModelServer;
let statuses: number[];

beforeEach(async () => {
  test = await startTestMonitoring();
  statuses = [];
  server = await startModelServer((_call, response) => {
    response.writeHead(statuses.shift() ?? 200, { 'content-type': 'application/json' }).end(ANSWER);
  });
});
afterEach(async () => {
  await server.close();
  await test.shutdown();
});

const counted = async () => ({
  requests: await recordedSeries(test, 'llm_edge_requests_total'),
  tokens: await recordedSeries(test, 'llm_edge_tokens_total'),
});

const hosts = () => ({ [server.host]: { provider: 'vllm' } });
const ours = (inner: Fetch): Fetch => instrumentFetch(inner, { hosts: hosts() });

/** Our fetch as another copy of the package makes it, as one process has where it loads the ESM and the CommonJS one. */
const otherCopy = (inner: Fetch): Fetch => {
  let copy = instrumentFetch;
  jest.isolateModules(() => {
    copy = (jest.requireActual('../../lib/fetch.js') as { instrumentFetch: typeof instrumentFetch })
      .instrumentFetch;
  });
  expect(copy).not.toBe(instrumentFetch);
  return copy(inner, { hosts: hosts() });
};

/** A wrapper that is in no hurry. */
const waiting =
  (inner: Fetch): Fetch =>
  async (input, init) => {
    await new Promise((resolve) => setImmediate(resolve));
    const response = await inner(input, init);
    await Promise.resolve();
    return response;
  };

/** A wrapper that hands on the answer in another response. */
const wrapping =
  (inner: Fetch): Fetch =>
  async (input, init) => {
    const { body, status, headers } = await inner(input, init);
    return new Response(body, { status, headers });
  };

/** A client between that tries again. */
const retrying =
  (inner: Fetch): Fetch =>
  async (input, init) => {
    const first = await inner(input, init);
    if (first.ok) return first;
    await first.text();
    return inner(input, init);
  };

const undici = undiciFetch as unknown as Fetch;

describe('a call through several instrumented fetches', () => {
  it.each<[string, () => Fetch]>([
    ['ours in ours', () => ours(ours(fetch))],
    ['three of them', () => ours(ours(ours(fetch)))],
    ['another copy in ours', () => ours(otherCopy(fetch))],
    ['ours in another copy', () => otherCopy(ours(fetch))],
    ['a wrapper between that waits', () => ours(waiting(ours(fetch)))],
    [
      'a wrapper between that waits, and another copy',
      () => otherCopy(waiting(ours(waiting(otherCopy(fetch))))),
    ],
    ['a wrapper around that waits', () => waiting(ours(ours(fetch)))],
    ['a wrapper that makes another response', () => ours(wrapping(ours(wrapping(fetch))))],
    ["undici's own fetch", () => ours(undici)],
    ["undici's own fetch, twice", () => ours(waiting(otherCopy(undici)))],
  ])('counts once: %s', async (_what, make) => {
    const response = await make()(server.url, INIT);
    expect(await response.text()).toBe(ANSWER);
    expect(await counted()).toEqual(ONCE);
    expect(await recordedSeries(test, 'llm_edge_active_requests')).toEqual({ '': 0 });
    expect((await test.spans()).map(({ name }) => name)).toEqual(['chat gpt-4o']);
  });

  it('counts twice where it is made twice, in turn and at once', async () => {
    const call = ours(waiting(otherCopy(fetch)));
    await (await call(server.url, INIT)).text();
    await Promise.all(
      [call(server.url, INIT), call(server.url, INIT)].map(async (one) => (await one).text()),
    );
    expect(await counted()).toEqual({
      requests: { 'gpt-4o vllm success': 3 },
      tokens: { 'gpt-4o vllm input': 30, 'gpt-4o vllm output': 15 },
    });
  });

  it.each<[string, (wrap: (inner: Fetch) => Fetch) => Fetch]>([
    ['between the two', (wrap) => ours(wrap(ours(fetch)))],
    ['between two copies', (wrap) => ours(wrap(otherCopy(fetch)))],
    ['around the two', (wrap) => wrap(ours(ours(fetch)))],
  ])('counts what a client tries again as another request, and its tokens once: %s', async (_where, make) => {
    statuses = [500];
    await (await make(retrying)(server.url, INIT)).text();
    expect(await counted()).toEqual({
      ...ONCE,
      requests: { 'gpt-4o vllm success': 1, 'server_error gpt-4o vllm error': 1 },
    });
  });

  it.each<[string, (wrap: (inner: Fetch) => Fetch) => Fetch]>([
    ['between the two', (wrap) => ours(wrap(ours(fetch)))],
    ['around the two', (wrap) => wrap(ours(ours(fetch)))],
  ])('adds its tokens once to the request that its user observes: %s', async (_where, make) => {
    statuses = [500];
    const call = make(retrying);
    await observeRequest({ provider: 'mine', model: 'alias' }, async () =>
      (await call(server.url, INIT)).text(),
    );
    expect(await counted()).toEqual({
      requests: { 'alias mine success': 1 },
      tokens: { 'alias mine input': 10, 'alias mine output': 5 },
    });
  });

  it('counts the tokens of an answer once, however many fetches it comes through from elsewhere', async () => {
    const elsewhere =
      (path: string) =>
      (inner: Fetch): Fetch =>
      (_input, init) =>
        inner(new URL(path, server.url), init);
    const call = ours(
      elsewhere('/second/chat/completions')(ours(elsewhere('/third/chat/completions')(ours(fetch)))),
    );
    await (await call(server.url, INIT)).text();
    expect((await counted()).tokens).toEqual(ONCE.tokens);
  });

  it('counts a call that outlives the one it was started within', async () => {
    let later: Promise<string> | undefined;
    let start: () => void = () => undefined;
    const started = new Promise<void>((resolve) => {
      start = resolve;
    });
    const inner = ours(fetch);
    const leaving = ours(async (input, init) => {
      // A wrapper that refreshes something beside, in the context of the call.
      later = started.then(async () => (await inner(input, init)).text());
      return fetch(input, init);
    });
    await (await leaving(server.url, INIT)).text();
    start();
    await later;
    expect(await counted()).toMatchObject({ requests: { 'gpt-4o vllm success': 2 } });
  });
});

describe('a call through several instrumented fetches, in a process without a context manager', () => {
  beforeEach(() => {
    context.disable();
  });

  it.each<[string, () => Fetch]>([
    ['ours in ours', () => ours(ours(fetch))],
    ['another copy in ours', () => ours(otherCopy(fetch))],
    ['ours in another copy', () => otherCopy(ours(fetch))],
  ])('counts once where each calls the next at once: %s', async (_what, make) => {
    await (await make()(server.url, INIT)).text();
    expect(await counted()).toEqual(ONCE);
  });

  it('adds up within the request that its user observes', async () => {
    await observeRequest({ provider: 'mine', model: 'alias' }, () =>
      Promise.all([ours(fetch), otherCopy(fetch)].map(async (call) => (await call(server.url, INIT)).text())),
    );
    expect(await counted()).toEqual({
      requests: { 'alias mine success': 1 },
      tokens: { 'alias mine input': 20, 'alias mine output': 10 },
    });
  });
});

describe('an answer that two copies observe', () => {
  /** `observeOperation` of another copy, as a bundler makes it that bundles each route with a copy of the package. */
  const otherOperation = (): typeof observeOperation => {
    let copy = observeOperation;
    jest.isolateModules(() => {
      copy = (jest.requireActual('../../lib/index.js') as { observeOperation: typeof observeOperation })
        .observeOperation;
    });
    expect(copy).not.toBe(observeOperation);
    return copy;
  };

  it.each<[string, (body: ReadableStream<Uint8Array>) => Promise<unknown>]>([
    ['a pipe', (body) => body.pipeTo(new WritableStream())],
    ['a pipe through', (body) => new Response(body.pipeThrough(new TransformStream())).text()],
    ['a branch', (body) => Promise.all(body.tee().map((branch) => new Response(branch).text()))],
    ['a reader', (body) => new Response(body).text()],
  ])('ends for both with %s', async (_how, read) => {
    const response = await otherOperation()({}, async () => {
      const { body } = await ours(fetch)(server.url, INIT);
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
    });
    await read(response.body as ReadableStream<Uint8Array>);
    expect(await counted()).toEqual(ONCE);
    expect((await recordedSeries(test, 'llm_edge_operations_total'))['success']).toBe(1);
  });
});

describe.each(['ours in Sentry', 'Sentry in ours'])('a call through Sentry: %s', (order) => {
  it('counts once and comes back whole', async () => {
    const script = runScript(
      `
      import * as Sentry from '@sentry/node';
      import { instrumentFetch } from '#lib/fetch.ts';
      import { startTestMonitoring } from '#lib/testing.ts';

      const hosts = { '${server.host}': { provider: 'vllm' } };
      const first = '${order}' === 'ours in Sentry';
      const plain = globalThis.fetch;
      const ours = (inner) => instrumentFetch(inner, { hosts });
      if (first) globalThis.fetch = ours(plain);
      Sentry.init({
        dsn: 'http://key@127.0.0.1:9/1',
        tracesSampleRate: 1,
        integrations: [Sentry.nativeNodeFetchIntegration()],
        transport: () => ({ send: async () => ({}), flush: async () => true }),
      });
      const test = await startTestMonitoring();
      const call = first ? globalThis.fetch : ours(globalThis.fetch);
      const twice = ours(call);
      await Sentry.startSpan({ name: 'served' }, async () => {
        const response = await twice('${server.url}', { method: 'POST', body: '{"model":"gpt-4o"}' });
        console.log('answer', await response.text());
      });
      const series = await test.series('llm_edge_requests_total');
      console.log('requests', JSON.stringify(series));
      console.log('tokens', JSON.stringify((await test.series('llm_edge_tokens_total')).map(({ value }) => value)));
      process.exit(0);
      `,
    );
    const { stdout, stderr } = await script.end();
    expect(stderr).toBe('');
    expect(stdout.split('\n')).toEqual([
      `answer ${ANSWER}`,
      `requests ${JSON.stringify([
        { labels: { provider: 'vllm', model: 'gpt-4o', status: 'success' }, value: 1 },
      ])}`,
      'tokens [10,5]',
      '',
    ]);
  });
});
