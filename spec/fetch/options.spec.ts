import { instrumentFetch } from '../../lib/fetch.js';
import { MonitoringError } from '../../lib/index.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { recordedSeries } from '../support/recorded-series.js';
import { withEnv } from '../support/with-env.js';

/** The options that are complained of, and what is said of them. */
function problemsOf(options: unknown): unknown {
  return problemsOfCall(fetch, options);
}

function problemsOfCall(...args: unknown[]): unknown {
  try {
    instrumentFetch(...(args as Parameters<typeof instrumentFetch>));
    return [];
  } catch (error) {
    if (!(error instanceof MonitoringError)) throw error;
    return error.problems.map(({ option, remedy }) => `${option}: ${remedy}`);
  }
}

const vllm = { provider: 'vllm' };
const throws = () => {
  throw new Error('sk-secret');
};
const APIS = 'write one of openai, anthropic, ';
const DIALECTS = 'write one of azure, gemini, vertex, or leave it out';
const HOST = "write a host and, unless it is the default of the scheme, its port, such as 'localhost:8000'";
const HOSTS = "hosts: write options by host: { 'localhost:8000': { provider: 'vllm' } }";
const PROPAGATE = "propagate: write true, false, or a list of 'tracecontext' and 'baggage'";
const UNREADABLE = 'options: pass a plain object: these options throw when they are read';

describe('the options of instrumentFetch()', () => {
  it.each<[string, unknown, readonly string[]]>([
    [
      'an API that nobody speaks',
      { hosts: { h: { ...vllm, api: 'OpenAI' } } },
      [expect.stringContaining(`hosts[0].api: ${APIS}`)],
    ],
    ...['', '  ', 'x'.repeat(201)].map((provider): [string, unknown, string[]] => [
      `a provider that is no name, of ${provider.length} characters`,
      { hosts: { h: { provider } } },
      ["hosts[0].provider: write the name of a provider, such as 'vllm'"],
    ]),
    [
      'an API that is no name',
      { hosts: { h: { ...vllm, api: 1 } } },
      [expect.stringContaining(`hosts[0].api: ${APIS}`)],
    ],
    [
      'an API of the prototype',
      { hosts: { h: { ...vllm, api: 'toString' } } },
      [expect.stringContaining(`hosts[0].api: ${APIS}`)],
    ],
    ['an unknown dialect', { hosts: { h: { ...vllm, dialect: 'aws' } } }, [`hosts[0].dialect: ${DIALECTS}`]],
    [
      'an API that the dialect does not have',
      { hosts: { h: { provider: 'vertex', dialect: 'vertex', api: 'anthropic' } } },
      ['hosts[0].api: leave it out: the dialect vertex has others'],
    ],
    [
      'patterns without a domain',
      { hosts: { '*': vllm, '*:8000': vllm, 'gpu-*': vllm, '*.': vllm } },
      [0, 1, 2, 3].map((index) => `hosts[${index}]: write a domain after the *, such as '*.corp.example'`),
    ],
    [
      'a pattern with many *',
      { hosts: { '*.*.*.example': vllm } },
      ['hosts[0]: write at most 2 * in a host'],
    ],
    [
      'a pattern of paths',
      { hosts: { 'a.example/*/openai': vllm } },
      ['hosts[0]: write a * in the host only: a path covers every path that begins with it'],
    ],
    [
      'a host with a query',
      { hosts: { 'a.example/openai?key=1': vllm } },
      ["hosts[0]: write the host without query, such as 'gateway.internal/openai'"],
    ],
    [
      'the same host twice',
      {
        hosts: {
          'localhost:8000': vllm,
          '127.0.0.1:8000': vllm,
          'LOCALHOST:8000/': vllm,
          '[::1]:8000/v1': vllm,
        },
      },
      [1, 2].map((index) => `hosts[${index}]: remove it: an earlier entry has the same name`),
    ],
    [
      'a host with a password',
      { hosts: { 'http://user:password@vllm': vllm } },
      ["hosts[0]: write the host without user and password, such as 'localhost:8000'"],
    ],
    ['an empty host', { hosts: { '': vllm } }, [`hosts[0]: ${HOST}`]],
    ['a host with a space', { hosts: { 'my host': vllm } }, [`hosts[0]: ${HOST}`]],
    ['a port that is none', { hosts: { 'localhost:port': vllm } }, [`hosts[0]: ${HOST}`]],
    ['another scheme', { hosts: { 'file:///tmp': vllm } }, [`hosts[0]: ${HOST}`]],
    ['options that are null', null, ['options: pass an object']],
    ['an option with another name', { host: {} }, ['host: there is no such option; did you mean hosts?']],
    ['a text of hosts', { hosts: 'localhost' }, [HOSTS]],
    [
      'a row with another name',
      { hosts: { a: 'openai', b: { providr: 'x' } } },
      [
        "hosts[0]: write an object, such as { provider: 'vllm' }, or a function",
        'hosts[1].providr: there is no such option; did you mean provider?',
        "hosts[1].provider: write the name of a provider, such as 'vllm'",
      ],
    ],
    [
      'a row that is no object',
      { hosts: { a: 'openai', b: null, c: [vllm] } },
      ['0', '1', '2'].map(
        (index) => `hosts[${index}]: write an object, such as { provider: 'vllm' }, or a function`,
      ),
    ],
    ['a map of hosts', { hosts: new Map([['localhost:8000', vllm]]) }, [HOSTS]],
    ['a list of hosts', { hosts: ['localhost:8000'] }, [HOSTS]],
    ['a text to propagate', { propagate: 'true' }, [PROPAGATE]],
    ['a number to propagate', { propagate: 1 }, [PROPAGATE]],
    ['null to propagate', { propagate: null }, [PROPAGATE]],
    ['an object to propagate', { propagate: { baggage: true } }, [PROPAGATE]],
    ['an unknown propagator', { propagate: ['tracecontext', 'b3'] }, [PROPAGATE]],
    ['an unknown way to count', { gateways: 'both' }, ['gateways: write separate, merge']],
    ['another mode', { unrecognised: 'all' }, ['unrecognised: write count, observe']],
    ['a text for estimateUsage', { estimateUsage: 'yes' }, ['estimateUsage: write true or false']],
    [
      'a text for includeStreamUsage',
      { includeStreamUsage: 'yes' },
      ['includeStreamUsage: write true or false'],
    ],
    [
      'a getter that throws',
      Object.defineProperty({}, 'hosts', { enumerable: true, get: throws }),
      [UNREADABLE],
    ],
    ['a proxy that throws', new Proxy({}, { ownKeys: throws }), [UNREADABLE]],
    ['a revoked proxy', revoked(), [UNREADABLE]],
    ['a row that throws', { hosts: { h: new Proxy({}, { ownKeys: throws }) } }, [UNREADABLE]],
    [
      'all of it',
      { propagate: 1, includeStreamUsage: 1, hosts: { h: { provider: '', api: 'x' } }, extra: 1 },
      [
        'extra: there is no such option; remove it',
        'includeStreamUsage: write true or false',
        "hosts[0].provider: write the name of a provider, such as 'vllm'",
        expect.stringContaining(`hosts[0].api: ${APIS}`),
        PROPAGATE,
      ],
    ],
  ])('are refused with a remedy when the fetch is made: %s', (_what, options, problems) => {
    expect(problemsOf(options)).toEqual(problems);
  });

  it('say nothing of what is written for a host', () => {
    const secret = 'sk-proj-1234';
    const make = () =>
      instrumentFetch(fetch, { hosts: { [`x:${secret}@vllm`]: vllm, [secret]: 1 as never } });
    expect(make).toThrow(MonitoringError);
    const refused = (() => {
      try {
        return make();
      } catch (error) {
        return (error as MonitoringError).problems.map(({ option, remedy }) => option + remedy).join();
      }
    })();
    expect(refused).not.toContain(secret);
  });

  it('are refused where the function is missing', () => {
    expect(problemsOfCall({ hosts: {} })).toEqual([
      'fetch: pass the function first: instrumentFetch(globalThis.fetch, { hosts })',
    ]);
    expect([problemsOfCall(), problemsOfCall(undefined, undefined)]).toEqual([[], []]);
  });

  it.each([
    {},
    { hosts: { 'localhost:8000': { provider: 'vllm', api: 'openai' } }, propagate: true },
    {
      hosts: { '*.corp.example': { provider: 'azure', dialect: 'azure' }, 'gw.internal/a': () => undefined },
    },
    { hosts: undefined, propagate: undefined, includeStreamUsage: undefined },
    { hosts: {}, propagate: false, includeStreamUsage: false },
    { propagate: ['tracecontext', 'baggage'] },
    { propagate: [] },
  ])('are taken as they are documented: %j', (options) => {
    expect(problemsOf(options)).toEqual([]);
  });
});

describe('hosts of the user', () => {
  let test: TestMonitoring;
  let call: typeof fetch;
  beforeEach(async () => {
    test = await startTestMonitoring();
  });
  afterEach(() => test.shutdown());

  it.each([
    ['API.Example.com', 'https://api.example.com'],
    ['api.example.com', 'HTTPS://API.Example.COM'],
    ['LOCALHOST:8000', 'http://localhost:8000'],
    ['api.example.com:443', 'https://api.example.com'],
    ['api.example.com:80', 'http://api.example.com'],
    ['api.example.com', 'http://api.example.com:80'],
    ['https://API.example.com/v1', 'https://api.example.com'],
    ['[::1]:8000', 'http://[::1]:8000'],
    ['localhost:8000', 'http://127.0.0.1:8000'],
    ['127.0.0.1:8000', 'http://[::1]:8000'],
    ['*.example.com', 'https://api.example.com'],
    ['https://*.Example.com:8443/v1/', 'https://api.example.com:8443'],
    ['bücher.example', 'https://xn--bcher-kva.example'],
  ])('are found as they are written: %s', async (host, origin) => {
    const call = instrumentFetch(async () => new Response(null), { hosts: { [host]: vllm } });
    await call(`${origin}/v1/chat/completions`, { method: 'POST', body: '{"model":"llama"}' });
    expect(await recordedSeries(test, 'llm_edge_requests_total')).toEqual({ 'llama vllm success': 1 });
  });

  it('may be decided by a function, which names the model as well', async () => {
    const call = instrumentFetch(async () => new Response(null), {
      hosts: {
        '*.example.com': ({ hostname }) => ({ provider: hostname.split('.')[0] ?? '', model: 'own' }),
      },
    });
    await call('https://gpu.example.com/v1/chat/completions', { method: 'POST', body: '{"model":"llama"}' });
    expect(await recordedSeries(test, 'llm_edge_requests_total')).toEqual({ 'own gpu success': 1 });
  });

  it.each<[string, (url: URL) => unknown]>([
    ['throws', throws],
    ['rejects', async () => throws()],
    ['returns no match', () => ({ provider: 1 })],
    [
      'changes the URL',
      (url) => {
        url.host = 'evil.example';
        return null;
      },
    ],
    ['fetches', (url) => call(url.href, { method: 'POST' })],
  ])(
    'may have a function that %s: the call is made as ever, and the failure counted',
    async (_what, decide) => {
      const called: unknown[] = [];
      const inner: typeof fetch = async (input) => {
        called.push(input);
        return new Response(null);
      };
      call = instrumentFetch(inner, { hosts: { 'api.openai.com': decide as never } });
      const url = 'https://api.openai.com/v1/chat/completions';
      await call(url, { method: 'POST', body: '{"model":"gpt"}' });
      expect(called.filter((input) => input === url).length).toBe(called.length);
      expect(await recordedSeries(test, 'llm_edge_requests_total')).toMatchObject({
        'gpt openai success': 1,
      });
      expect(await recordedSeries(test, 'llm_edge_monitoring_dropped_total')).toMatchObject({
        invalid_value: 1,
      });
    },
  );

  it('are also those of the environment, after those of the options', async () => {
    await withEnv({ LLM_EDGE_HOSTS: '127.0.0.1:8000=env,*.corp.example=corp, a.example=a|b|c' }, async () => {
      const call = instrumentFetch(async () => new Response(null), { hosts: { 'localhost:8000': vllm } });
      for (const origin of ['http://[::1]:8000', 'https://x.corp.example', 'https://a.example']) {
        await call(`${origin}/v1/chat/completions`, { method: 'POST', body: '{"model":"m"}' });
      }
    });
    expect(await recordedSeries(test, 'llm_edge_requests_total')).toEqual({
      'm vllm success': 1,
      'm corp success': 1,
    });
  });

  it('are read once: what becomes of the options later changes no call', async () => {
    const row = { provider: 'vllm' };
    const options = { hosts: { 'localhost:8000': row } };
    const call = instrumentFetch(async () => new Response(null), options);
    Object.defineProperty(row, 'provider', { get: throws });
    Object.defineProperty(options, 'hosts', { get: throws });
    await call('http://localhost:8000/v1/chat/completions', { method: 'POST', body: '{"model":"llama"}' });
    expect(await recordedSeries(test, 'llm_edge_requests_total')).toEqual({ 'llama vllm success': 1 });
  });
});

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
