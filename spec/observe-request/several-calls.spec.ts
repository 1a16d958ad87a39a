import { instrumentFetch } from '../../lib/fetch.js';
import { calculateCost, observeOperation, observeRequest, type RequestHandle } from '../../lib/index.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { collectGarbageUntil } from '../support/collect-garbage.js';
import { type ModelServer, startModelServer } from '../support/model-server.js';
import { recordedSeries } from '../support/recorded-series.js';

const JSON_HEADERS = { 'content-type': 'application/json' };
const ALIAS = { provider: 'mine', model: 'alias' };

/** What a call of the specs asks its server for. */
interface Asked {
  readonly model: string;
  readonly stream?: boolean;
  readonly input: number;
  readonly output: number;
  readonly status?: number;
  readonly cost?: number;
}

let test: TestMonitoring;
let server: ModelServer;
let call: typeof fetch;

beforeEach(async () => {
  test = await startTestMonitoring({
    pricing: { overrides: { mine: { alias: { input: 1_000, output: 1_000 } } } },
  });
  server = await startModelServer(({ body }, response) => {
    const { model, stream, input, output, status = 200, cost } = JSON.parse(body) as Asked;
    const usage = { prompt_tokens: input, completion_tokens: output };
    if (cost !== undefined) response.setHeader('x-litellm-response-cost', String(cost));
    if (stream !== true) {
      response.writeHead(status, JSON_HEADERS);
      response.end(JSON.stringify({ model, choices: [{ finish_reason: 'stop' }], usage }));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const running = { ...usage, completion_tokens: 1 };
    const events = [
      { model, choices: [{ delta: { content: 'a' } }], usage: running },
      { model, choices: [{ delta: { content: 'b' } }], usage: running },
      { model, choices: [{ delta: {}, finish_reason: 'stop' }], usage },
    ];
    response.end(`${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`);
  });
  call = instrumentFetch(fetch, { hosts: { [server.host]: { provider: 'openai', api: 'openai' } } });
});
afterEach(async () => {
  await server.close();
  await test.shutdown();
});

const ask = (asked: Asked): Promise<Response> =>
  call(server.url, { method: 'POST', headers: JSON_HEADERS, body: JSON.stringify(asked) });

const read = async (asked: Asked): Promise<string> => (await ask(asked)).text();

const tokens = () => recordedSeries(test, 'llm_edge_tokens_total');
const requests = () => recordedSeries(test, 'llm_edge_requests_total');
const costs = () => recordedSeries(test, 'llm_edge_cost_usd_total');

const priceOf = (model: string, inputTokens: number, outputTokens: number): number =>
  calculateCost('openai', model, { inputTokens, outputTokens })?.totalUsd ?? Number.NaN;

describe('observeRequest() around several calls', () => {
  const one: Asked = { model: 'gpt-4o', input: 10, output: 5 };
  const other: Asked = { model: 'gpt-4o-mini', input: 1_000, output: 10 };

  it.each<[string, () => Promise<unknown>]>([
    ['one after the other', async () => [await read(one), await read(other)]],
    ['at once', () => Promise.all([read(one), read(other)])],
    [
      'as streams',
      async () => [await read({ ...one, stream: true }), await read({ ...other, stream: true })],
    ],
    ['as a stream and JSON at once', () => Promise.all([read({ ...one, stream: true }), read(other)])],
  ])('adds up what they use, and what each costs by its model: %s', async (_how, calls) => {
    await observeRequest(ALIAS, calls);
    expect(await requests()).toEqual({ 'alias mine success': 1 });
    expect(await tokens()).toEqual({ 'alias mine input': 1_010, 'alias mine output': 15 });
    const costUsd = priceOf('gpt-4o', 10, 5) + priceOf('gpt-4o-mini', 1_000, 10);
    expect((await costs())['alias mine']).toBeCloseTo(costUsd, 12);
    const [span] = await test.spans();
    expect(span?.attributes).toMatchObject({
      'gen_ai.usage.input_tokens': 1_010,
      'gen_ai.usage.output_tokens': 15,
    });
  });

  it('observes two calls at once to the very same URL', async () => {
    const calls = await observeRequest(ALIAS, () =>
      Promise.all([ask(one), ask(one), ask(one)]).then((responses) =>
        Promise.all(responses.map((response) => response.json())),
      ),
    );
    expect(calls).toHaveLength(3);
    expect(await tokens()).toEqual({ 'alias mine input': 30, 'alias mine output': 15 });
    expect(await recordedSeries(test, 'llm_edge_usage_missing_total')).toEqual({});
  });

  it('adds up costs that the provider reports', async () => {
    await observeRequest(ALIAS, async () => {
      await read({ ...one, cost: 0.25 });
      await read({ ...other, cost: 0.5 });
    });
    expect(await costs()).toEqual({ 'alias mine': 0.75 });
  });

  it('prices a model without a price by the names of the request', async () => {
    await observeRequest(ALIAS, () => read({ model: 'nobody-knows', input: 1_000, output: 0 }));
    // 1,000 dollars for a million tokens.
    expect((await costs())['alias mine']).toBeCloseTo(1, 12);
  });

  it('records the sum of what is priced, and that there is more', async () => {
    await observeRequest({ provider: 'mine', model: 'without-price' }, async () => {
      await read(one);
      await read({ model: 'nobody-knows', input: 1, output: 1 });
    });
    expect(await costs()).toEqual({ 'without-price mine': priceOf('gpt-4o', 10, 5) });
    expect(await recordedSeries(test, 'llm_edge_unpriced_requests_total')).toEqual({
      'without-price mine unknown_model': 1,
    });
    expect(await tokens()).toEqual({ 'without-price mine input': 11, 'without-price mine output': 6 });
  });

  it('counts a try that failed, and what the next one used', async () => {
    await observeRequest(ALIAS, async () => {
      await read({ ...one, status: 500 });
      return read(one);
    });
    expect(await requests()).toEqual({ 'alias mine success': 1 });
    expect(await tokens()).toEqual({ 'alias mine input': 10, 'alias mine output': 5 });
    expect(await recordedSeries(test, 'llm_edge_usage_missing_total')).toEqual({});
  });

  it.each([1e308, 1e11, -1, 'many', null])(
    'keeps what the others use where one says that it used %j',
    async (input) => {
      const strange = { ...one, input: input as number };
      await observeRequest(ALIAS, async () => {
        await read(strange);
        await read(one);
        await read(strange);
      });
      const outputs = (await tokens())['alias mine output'];
      expect(await tokens()).toEqual({ 'alias mine input': 10, 'alias mine output': outputs });
      expect(outputs).toBeGreaterThanOrEqual(5);
      const [span] = await test.spans();
      expect(span?.attributes['gen_ai.usage.input_tokens']).toBe(10);
    },
  );

  it('keeps what the others cost where one reports a cost that cannot be', async () => {
    await observeRequest(ALIAS, async () => {
      for (const cost of [0.25, 1e308, 1e7, 0.5]) await read({ model: 'nobody-knows', cost } as Asked);
    });
    expect(await costs()).toEqual({ 'alias mine': 0.75 });
    expect(await test.value('llm_edge_monitoring_dropped_total', { reason: 'over_limit' })).toBeGreaterThan(
      0,
    );
  });

  it.each<[string, (request: RequestHandle) => void]>([
    ['before', (request) => request.setUsage({ inputTokens: 1, outputTokens: 1 })],
    [
      'the last time',
      (request) => {
        request.setUsage({ inputTokens: 7, outputTokens: 7 });
        request.setUsage({ inputTokens: 1, outputTokens: 1 });
      },
    ],
  ])('takes what is set by hand for all of it: %s', async (_when, set) => {
    await observeRequest({ provider: 'openai', model: 'gpt-4o' }, async (request) => {
      set(request);
      await read({ ...one, cost: 3 });
      await read({ ...one, cost: 3 });
    });
    expect(await tokens()).toEqual({ 'gpt-4o openai input': 1, 'gpt-4o openai output': 1 });
    expect(await costs()).toEqual({ 'gpt-4o openai': priceOf('gpt-4o', 1, 1) });
  });

  it('takes a cost that is set by hand for all of it, and leaves the tokens', async () => {
    await observeRequest(ALIAS, async (request) => {
      await read(one);
      request.setResponse({ costUsd: 2 });
      await read(one);
    });
    expect(await costs()).toEqual({ 'alias mine': 2 });
    expect(await tokens()).toEqual({ 'alias mine input': 20, 'alias mine output': 10 });
  });

  it('still counts what a call uses that outlasts the request', async () => {
    const late = await observeRequest(ALIAS, async () => ({ responses: [await ask(one), await ask(other)] }));
    expect(await requests()).toEqual({ 'alias mine success': 1 });
    expect(await tokens()).toEqual({});
    for (const response of late.responses) await response.text();
    expect(await tokens()).toEqual({ 'alias mine input': 1_010, 'alias mine output': 15 });
    const costUsd = priceOf('gpt-4o', 10, 5) + priceOf('gpt-4o-mini', 1_000, 10);
    expect((await costs())['alias mine']).toBeCloseTo(costUsd, 12);
    expect(await recordedSeries(test, 'llm_edge_usage_missing_total')).toEqual({});
  });

  it('takes a cost that is set by hand also for a call that outlasts the request', async () => {
    const late = await observeRequest(ALIAS, async (request) => {
      const response = await ask(one);
      request.setResponse({ costUsd: 0.5 });
      return { response };
    });
    await late.response.text();
    expect(await costs()).toEqual({ 'alias mine': 0.5 });
    expect(await tokens()).toEqual({ 'alias mine input': 10, 'alias mine output': 5 });
  });

  it('keeps concurrent requests apart', async () => {
    await Promise.all(
      ['a', 'b', 'c'].map((model, index) =>
        observeRequest({ provider: 'mine', model }, async () => {
          await read({ model: 'gpt-4o', input: index + 1, output: 0 });
          await read({ model: 'gpt-4o', input: 10, output: 0 });
        }),
      ),
    );
    expect(await tokens()).toMatchObject({
      'a mine input': 11,
      'b mine input': 12,
      'c mine input': 13,
    });
  });
});

describe('observeRequest() with a function that returns a Response', () => {
  const one: Asked = { model: 'gpt-4o', input: 10, output: 5 };

  it.each<[string, (response: Response) => Promise<unknown>]>([
    ['json()', (response) => response.json()],
    ['text()', (response) => response.text()],
    ['arrayBuffer()', (response) => response.arrayBuffer()],
    [
      'a reader',
      async (response) => {
        const reader = response.body?.getReader();
        while (!(await reader?.read())?.done);
      },
    ],
    [
      'for await',
      async (response) => {
        for await (const _chunk of response.body ?? []);
      },
    ],
  ])('ends with its body, read by %s', async (_how, consume) => {
    const response = await observeRequest(ALIAS, () => ask(one));
    expect(await requests()).toEqual({});
    expect(await recordedSeries(test, 'llm_edge_active_requests')).toEqual({ '': 1 });
    await consume(response);
    expect(await requests()).toEqual({ 'alias mine success': 1 });
    expect(await tokens()).toEqual({ 'alias mine input': 10, 'alias mine output': 5 });
    expect(await recordedSeries(test, 'llm_edge_active_requests')).toEqual({ '': 0 });
  });

  it('ends with the body of a fetch that nobody instruments', async () => {
    const init = { method: 'POST', body: JSON.stringify(one) };
    const response = await observeRequest(ALIAS, () => fetch(server.url, init));
    expect(await requests()).toEqual({});
    await response.json();
    expect(await requests()).toEqual({ 'alias mine success': 1 });
  });

  it.each<[string, () => Promise<Response> | Response]>([
    ['no body', () => new Response(null, { status: 204 })],
    [
      'a body that is read',
      async () => {
        const response = await ask(one);
        await response.text();
        return response;
      },
    ],
    [
      'a body that somebody else reads',
      () => {
        const response = new Response('text');
        response.body?.getReader();
        return response;
      },
    ],
  ])('ends at once with %s', async (_what, make) => {
    await observeRequest(ALIAS, make as () => Promise<Response>);
    expect(await requests()).toEqual({ 'alias mine success': 1 });
  });

  it('ends when its body is given up', async () => {
    const response = await observeRequest(ALIAS, () => ask(one));
    await response.body?.cancel();
    expect(await requests()).toEqual({ 'client_cancelled alias mine error': 1 });
  });

  it('ends when its body is dropped unread', async () => {
    await (async () => {
      await observeRequest(ALIAS, () => ask(one));
    })();
    let ended = false;
    const look = async (): Promise<void> => {
      ended = Object.keys(await requests()).length > 0;
    };
    await collectGarbageUntil(() => {
      void look();
      return ended;
    });
    expect(await requests()).toEqual({ 'client_cancelled alias mine error': 1 });
    expect(await recordedSeries(test, 'llm_edge_active_requests')).toEqual({ '': 0 });
  });

  it('is a failure when it is not ok', async () => {
    const response = await observeRequest(ALIAS, () => ask({ ...one, status: 429 }));
    await response.text();
    expect(await requests()).toEqual({ 'rate_limited alias mine error': 1 });
  });
});

describe('observeOperation() with a function that returns a Response', () => {
  const succeeded = () => test.value('llm_edge_operations_total', { status: 'success' });

  it('ends at once: whoever sends the answer on may do so without reading it', async () => {
    await observeOperation({ name: 'chat' }, async () => new Response('{}', { headers: JSON_HEADERS }));
    expect(await succeeded()).toBe(1);
  });

  it('ends with the body of one that carries events', async () => {
    const headers = { 'content-type': 'text/event-stream' };
    const response = await observeOperation(
      { name: 'chat' },
      async () => new Response('data: 1', { headers }),
    );
    expect(await succeeded()).toBe(0);
    await response.text();
    expect(await succeeded()).toBe(1);
  });
});
