import { observeOperation, type RequestOptions, type ResponseInfo, startRequest } from '../../lib/index.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { collectGarbageUntil } from '../support/collect-garbage.js';

const DROPPED = 'llm_edge_monitoring_dropped_total';
const MEGABYTES_5 = 5_000_000;

/** A text of a request's own: two that are equal would be one in memory. */
const longText = (seed: string | number): string => `${seed}${'x'.repeat(MEGABYTES_5)}`;

/** An object all of whose members throw when they are read. */
function trap(...keys: readonly string[]): object {
  const target = {};
  for (const key of keys) {
    const get = (): never => {
      throw new Error(`${key} was read`);
    };
    Object.defineProperty(target, key, { get, enumerable: true });
  }
  return target;
}

describe('what comes from outside', () => {
  let test: TestMonitoring;
  beforeEach(async () => {
    test = await startTestMonitoring();
  });
  afterEach(() => test.shutdown());

  const dropped = (reason: 'invalid_value' | 'invalid_name' | 'name_too_long' | 'over_limit') =>
    test.value(DROPPED, { reason });

  it('is on the span as short as is documented, however long it was, and its neighbours are there', async () => {
    startRequest({ provider: 'openai', model: 'before' }).end();
    const request = startRequest({
      provider: longText('p'),
      model: longText('m'),
      operation: longText('o'),
      serverAddress: longText('s'),
      attributes: { tenant: longText('t'), [longText('key')]: 'gone' },
    });
    request.setResponse({
      id: longText('id'),
      model: longText('rm'),
      finishReasons: [longText('f'), ...Array.from({ length: 500 }, () => 'stop')],
      serviceTier: longText('st'),
    });
    request.end();
    observeOperation({ name: longText('op'), attributes: { tenant: longText('t') } }, () => undefined);
    startRequest({ provider: 'openai', model: 'after' }).end();

    const spans = await test.spans();
    expect(spans.map(({ name }) => name.length)).toEqual([
      'chat before'.length,
      1000 + ' other'.length,
      1000,
      'chat after'.length,
    ]);
    const attributes: Readonly<Record<string, unknown>> = spans[1]?.attributes ?? {};
    expect(attributes).toMatchObject({
      'gen_ai.provider.name': 'other',
      'gen_ai.request.model': 'other',
      'gen_ai.response.model': 'other',
      'gen_ai.response.id': expect.stringMatching(/^idx{998}$/),
      'server.address': expect.stringMatching(/^sx{999}$/),
      tenant: expect.stringMatching(/^tx{4095}$/),
    });
    expect(attributes['gen_ai.response.finish_reasons']).toHaveLength(128);
    expect(JSON.stringify(spans.map((span) => [span.name, span.attributes])).length).toBeLessThan(20_000);
  });

  it('goes by one name in labels and on spans, and a name that is too long by `other`', async () => {
    startRequest({ provider: 'openai', model: 'm'.repeat(200) }).end();
    startRequest({ provider: 'openai', model: 'm'.repeat(201) }).end();
    startRequest({ provider: 'openai', model: 'a\ud800' }).end();
    const labels = (await test.series('llm_edge_requests_total')).map((series) => series.labels['model']);
    const attributes = (await test.spans()).map((span) => span.attributes['gen_ai.request.model']);
    expect(labels).toEqual(['m'.repeat(200), 'other', 'a\ufffd']);
    expect(attributes).toEqual(labels);
    expect(await dropped('name_too_long')).toBe(1);
  });

  it('holds no memory for what was cut: 100 requests of 5 MB each', async () => {
    const heapBytes = async (): Promise<number> => {
      await collectGarbageUntil(() => false, 5);
      return process.memoryUsage().heapUsed;
    };
    const before = await heapBytes();
    for (let seed = 0; seed < 100; seed += 1) {
      const request = startRequest({
        provider: 'openai',
        model: longText(seed),
        attributes: { seed: longText(seed) },
      });
      request.setResponse({ id: longText(seed) });
      request.end();
    }
    expect((await test.spans()).length).toBe(100);
    expect((await heapBytes()) - before).toBeLessThan(4 * MEGABYTES_5);
  });

  it('leaves out attributes beyond the 64th, and never one of the conventions', async () => {
    const attributes = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`a${index}`, index]));
    const request = startRequest({ provider: 'openai', model: 'gpt-4o', attributes });
    request.setUsage({ inputTokens: 1, outputTokens: 2 });
    request.end();
    const [span] = await test.spans();
    expect(Object.keys(span?.attributes ?? {}).filter((key) => /^a\d+$/.test(key))).toHaveLength(64);
    expect(span?.attributes).toMatchObject({
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.usage.output_tokens': 2,
    });
    expect(await dropped('over_limit')).toBe(936);
  });

  it('may throw from every getter: each costs what it would have said, and is counted', async () => {
    const options = trap('operation', 'streaming', 'serverAddress', 'serverPort', 'maxDurationMs');
    const request = startRequest(
      Object.assign(options, {
        provider: 'openai',
        model: 'gpt-4o',
        attributes: trap('a', 'b'),
      }) as RequestOptions,
    );
    request.setResponse(
      Object.assign(trap('id', 'model', 'finishReasons', 'costUsd'), { serviceTier: 'flex' }) as ResponseInfo,
    );
    request.setResponse({ id: 'answer', finishReasons: trap('length') as never });
    request.setUsage(trap('inputTokens', 'webSearches') as never);
    request.setUsage(Object.assign(trap('cacheReadTokens'), { inputTokens: 3, outputTokens: 4 }) as never);
    request.end();
    const operation = observeOperation(trap('name', 'attributes', 'maxDurationMs') as never, () => 'served');

    expect(operation).toBe('served');
    const labels = { provider: 'openai', model: 'gpt-4o' };
    expect(await test.value('llm_edge_requests_total', { ...labels, status: 'success' })).toBe(1);
    expect(await test.value('llm_edge_tokens_total', { ...labels, type: 'input' })).toBe(3);
    const [span] = await test.spans();
    expect(span?.attributes['gen_ai.response.id']).toBe('answer');
    // Seven of the options, four and one of the answer, one of the usage that was set last, three of the operation.
    expect(await dropped('invalid_value')).toBe(16);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a Proxy that throws at everything', new Proxy({}, { get: fail, has: fail, ownKeys: fail })],
    [
      'members of wrong types',
      { provider: 1, model: Symbol('m'), operation: {}, attributes: 'x', maxDurationMs: '5' },
    ],
    [
      'attributes that are a Proxy',
      { provider: 'p', model: 'm', attributes: new Proxy({}, { ownKeys: fail }) },
    ],
  ])('is taken where it is %s, and nothing is thrown', async (_, hostile) => {
    const request = startRequest(hostile as RequestOptions);
    request.setResponse(hostile as ResponseInfo);
    request.setUsage(hostile as never);
    request.firstToken();
    request.end();
    expect(observeOperation(hostile as never, () => 1)).toBe(1);
    expect([request.ended, (await test.spans()).length]).toEqual([true, 2]);
  });

  it('is read once', () => {
    const reads: Record<string, number> = {};
    const counting = <T extends object>(target: T): T =>
      new Proxy(target, {
        get: (object, key) => {
          reads[String(key)] = (reads[String(key)] ?? 0) + 1;
          return Reflect.get(object, key);
        },
      });
    const request = startRequest(counting({ provider: 'openai', model: 'gpt-4o', operation: 'chat' }));
    request.setUsage(counting({ inputTokens: 1, outputTokens: 1 }));
    request.setResponse(counting({ id: 'x', costUsd: 1 }));
    request.end();
    expect(Object.entries(reads).filter(([, count]) => count !== 1 && count !== 2)).toEqual([]);
    // The model is a member of the options and of the answer.
    expect(Object.keys(reads).filter((key) => reads[key] === 2)).toEqual(['model']);
  });
});

function fail(): never {
  throw new Error('it is a trap');
}

describe('the limits of spans', () => {
  const KEY = 'OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT';
  afterEach(() => {
    delete process.env[KEY];
  });

  async function attributeLength(): Promise<number> {
    const test = await startTestMonitoring();
    const request = startRequest({ provider: 'openai', model: 'gpt-4o' });
    request.span.setAttribute('prompt', 'x'.repeat(100_000));
    request.end();
    const [span] = await test.spans();
    await test.shutdown();
    return String(span?.attributes['prompt']).length;
  }

  it('hold for attributes that others set, too', async () => {
    expect(await attributeLength()).toBe(4096);
  });

  it('follow the variables of the specification', async () => {
    process.env[KEY] = '50000';
    expect(await attributeLength()).toBe(50_000);
  });
});
