import { createServer, type IncomingHttpHeaders } from 'node:http';
import { instrumentFetch } from '../../lib/fetch.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { listenOnLoopback } from '../support/listen-on-loopback.js';
import { recordedSeries } from '../support/recorded-series.js';

type Arguments = readonly [input: unknown, init?: unknown];

const BODY = '{"model":"gpt-4o-mini","messages":[],"stream":true}';
const HEADERS = { 'content-type': 'application/json', 'x-mine': 'yes' };

interface SeenCall {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let origin: string;
let close: () => Promise<void>;
let test: TestMonitoring;
const seen: SeenCall[] = [];

beforeAll(async () => {
  test = await startTestMonitoring();
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method, url, headers } = request;
      seen.push({ method, url, headers, body: Buffer.concat(parts).toString() });
      response.setHeader('content-type', 'application/json');
      response.end(
        '{"choices":[{"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}',
      );
    });
  });
  ({ origin, close } = await listenOnLoopback(server));
});
afterAll(async () => {
  await close();
  await test.shutdown();
});

/** Members as a class keeps them that hides what it holds. */
class HiddenInit {
  readonly #method = 'POST';
  readonly #headers = HEADERS;
  readonly #body = BODY;

  get method(): string {
    return this.#method;
  }
  get headers(): object {
    return this.#headers;
  }
  get body(): string {
    return this.#body;
  }
}

class FieldInit {
  method = 'POST';
  headers = HEADERS;
  body = BODY;
}

const init = () => ({ method: 'POST', headers: HEADERS, body: BODY });

/** An init whose members can be read once: a second reader gets nothing. */
function oneShot(): object {
  const left = new Map<string, unknown>(Object.entries(init()));
  const take = (name: string) => () => {
    const value = left.get(name);
    left.delete(name);
    return value;
  };
  return Object.defineProperties(
    {},
    Object.fromEntries([...left.keys()].map((name) => [name, { enumerable: true, get: take(name) }])),
  );
}

function throwing(name: string): object {
  return Object.defineProperty(init(), name, {
    enumerable: true,
    get: () => {
      throw new RangeError(`no ${name}`);
    },
  });
}

function* headerPairs(): Generator<[string, string]> {
  yield* Object.entries(HEADERS);
}

const SHY = Object.defineProperties(
  {},
  Object.fromEntries(
    ['status', 'ok', 'headers', 'body'].map((name) => [
      name,
      {
        get: () => {
          throw new RangeError(name);
        },
      },
    ]),
  ),
);

const REVOKED = () => {
  const { proxy, revoke } = Proxy.revocable(init(), {});
  revoke();
  return proxy;
};

/** What may be handed to fetch, well meant or not; made anew for each call. */
const CALLS: readonly (readonly [title: string, make: (url: string) => Arguments])[] = [
  ['a text', (url) => [url, init()]],
  ['a URL', (url) => [new URL(url), init()]],
  ['a Request', (url) => [new Request(url, init())]],
  ['a Request with an empty init', (url) => [new Request(url, init()), {}]],
  ['a Request whose body goes elsewhere', (url) => [new Request(url, init()), { body: '{"model":"other"}' }]],
  ['a Request with a referrer', (url) => [new Request(url, { ...init(), referrer: `${origin}/page` })]],
  [
    'a Request that is used',
    (url) => {
      const request = new Request(url, init());
      void request.text();
      return [request];
    },
  ],
  [
    'a Request that is aborted',
    (url) => [new Request(url, { ...init(), signal: AbortSignal.abort(new Error('gone')) })],
  ],
  ['a Request in a proxy', (url) => [new Proxy(new Request(url, init()), {})]],
  ['an object that says where', (url) => [{ toString: () => url }, init()]],
  ['a text in an object', (url) => [new String(url), init()]],
  [
    'an object that throws',
    () => [
      {
        toString: () => {
          throw new RangeError('no text');
        },
      },
      init(),
    ],
  ],
  [
    'an object with a url that throws',
    () => [
      {
        get url() {
          throw new RangeError('no url');
        },
      },
      init(),
    ],
  ],
  ['nothing', () => [undefined, init()]],
  ['null', () => [null, init()]],
  ['a symbol', () => [Symbol('url'), init()]],
  ['no URL', () => ['http://', init()]],
  ['another scheme', () => ['ftp://127.0.0.1/v1/chat/completions', init()]],
  ['no init', (url) => [url]],
  ['null for an init', (url) => [url, null]],
  ['a text for an init', (url) => [url, 'POST']],
  ['an init that inherits', (url) => [url, Object.create(init())]],
  ['an init of a class', (url) => [url, new FieldInit()]],
  ['an init of a class with private members', (url) => [url, new HiddenInit()]],
  ['an init without a prototype', (url) => [url, Object.assign(Object.create(null), init())]],
  ['an init in a proxy', (url) => [url, new Proxy(init(), {})]],
  [
    'an init in a proxy without members',
    (url) => [url, new Proxy({}, { get: (_target, name) => Reflect.get(init(), name) })],
  ],
  [
    'an init in a proxy that refuses to be looked at',
    (url) => [
      url,
      new Proxy(init(), {
        ownKeys: () => {
          throw new RangeError('no keys');
        },
        getOwnPropertyDescriptor: () => {
          throw new RangeError('no descriptor');
        },
        getPrototypeOf: () => {
          throw new RangeError('no prototype');
        },
      }),
    ],
  ],
  ['an init in a revoked proxy', (url) => [url, REVOKED()]],
  ['a frozen init', (url) => [url, Object.freeze(init())]],
  [
    'an init of hidden members',
    (url) => [
      url,
      Object.defineProperties(
        {},
        Object.fromEntries(Object.entries(init()).map(([name, value]) => [name, { value }])),
      ),
    ],
  ],
  ['an init that is a function', (url) => [url, Object.assign(() => undefined, init())]],
  ['members that are there once', (url) => [url, oneShot()]],
  ['a method that throws', (url) => [url, throwing('method')]],
  ['a body that throws', (url) => [url, throwing('body')]],
  ['headers that throw', (url) => [url, throwing('headers')]],
  ['a signal that throws', (url) => [url, throwing('signal')]],
  ['a method that is no text', (url) => [url, { ...init(), method: Symbol('POST') }]],
  ['a method that says what it is', (url) => [url, { ...init(), method: { toString: () => 'POST' } }]],
  ['a method in small letters', (url) => [url, { ...init(), method: 'post' }]],
  ['a method that is refused', (url) => [url, { ...init(), method: 'TRACE' }]],
  ['headers that come one by one', (url) => [url, { ...init(), headers: headerPairs() }]],
  [
    'headers that come one by one to a call that is not streamed',
    (url) => [url, { ...init(), headers: headerPairs(), body: '{"model":"gpt-4o-mini"}' }],
  ],
  ['headers that are wrong', (url) => [url, { ...init(), headers: { 'x y': '1' } }]],
  ['headers of another length', (url) => [url, { ...init(), headers: [['x']] }]],
  ['a signal that is none', (url) => [url, { ...init(), signal: {} }]],
  ['a signal that is aborted', (url) => [url, { ...init(), signal: AbortSignal.abort(new Error('gone')) }]],
  ['bytes', (url) => [url, { ...init(), body: Buffer.from(BODY) }]],
  ['a body that says what it is', (url) => [url, { ...init(), body: { toString: () => BODY } }]],
  ['a stream without duplex', (url) => [url, { ...init(), body: new Blob([BODY]).stream() }]],
  ['a stream', (url) => [url, { ...init(), body: new Blob([BODY]).stream(), duplex: 'half' }]],
  [
    'a stream that is locked',
    (url) => {
      const body = new Blob([BODY]).stream();
      body.getReader();
      return [url, { ...init(), body, duplex: 'half' }];
    },
  ],
  [
    'a stream that fails',
    (url) => [
      url,
      {
        ...init(),
        duplex: 'half',
        body: new ReadableStream({ pull: (controller) => controller.error(new Error('broken')) }),
      },
    ],
  ],
  ['a redirect that is refused', (url) => [url, { ...init(), redirect: 'never' }]],
];

/** What the caller sees of a call, and the server. */
async function outcomeOf(call: typeof fetch, [input, options]: Arguments): Promise<unknown> {
  seen.length = 0;
  const answer = await settle(() => call(input as string, options as RequestInit));
  return { answer, seen: seen.map(withoutChanges) };
}

async function settle(call: () => Promise<Response>): Promise<unknown> {
  try {
    const pending = call();
    const response = await pending;
    return { status: response.status, text: await response.text(), bodyUsed: response.bodyUsed };
  } catch (error) {
    const { name, message, cause } = error as Error;
    return { name, message, cause: (cause as Error | undefined)?.message };
  }
}

/** Some versions of Node.js lose the referrer of a `Request` that is fetched; with a changed init it is sent. */
const PAGE = 'http://page.invalid/';
const isReferrerLost = new Request(new Request(PAGE, { referrer: PAGE })).referrer !== PAGE;

/** A call without what was asked to be changed in it. */
function withoutChanges({ headers, body, ...rest }: SeenCall): unknown {
  const { traceparent: _trace, 'content-length': _length, ...others } = headers;
  if (isReferrerLost) delete others['referer'];
  return { ...rest, headers: others, body: body.replace('"stream_options":{"include_usage":true},', '') };
}

describe.each([
  ['that changes nothing', {}],
  ['that asks for the usage of streams', { includeStreamUsage: true }],
  ['that changes what can be changed', { propagate: true, includeStreamUsage: true }],
])('an instrumented fetch %s', (_title, changes) => {
  const instrumented = () =>
    instrumentFetch(fetch, { ...changes, hosts: { [new URL(origin).host]: { provider: 'vllm' } } });

  it.each(CALLS)('ends as fetch does, given %s', async (_what, make) => {
    const url = `${origin}/v1/chat/completions?x=1`;
    const plain = await outcomeOf(fetch, make(url));
    const ours = await outcomeOf(instrumented(), make(url));
    expect(ours).toEqual(plain);
  });

  it('reads each member of an init at most once, as fetch does', async () => {
    const count = async (call: typeof fetch) => {
      const reads: Record<string, number> = {};
      const counting = new Proxy(init(), {
        get(target, name) {
          reads[String(name)] = (reads[String(name)] ?? 0) + 1;
          return Reflect.get(target, name);
        },
      });
      await (await call(`${origin}/v1/chat/completions`, counting)).text();
      return reads;
    };
    expect(await count(instrumented())).toEqual(await count(fetch));
  });

  it('hands on an init that can be copied', async () => {
    const copies: unknown[] = [];
    const copying = instrumentFetch(async (_input, options) => {
      copies.push({ ...options });
      return new Response(null);
    }, changes);
    await copying('https://api.openai.com/v1/chat/completions', Object.freeze(new FieldInit()));
    expect(copies).toMatchObject([{ method: 'POST' }]);
    expect(Object.keys(copies[0] as object).sort()).toEqual(['body', 'headers', 'method']);
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a text', 'answer'],
    ['an object whose members throw', SHY],
    ['a response without headers and body', { ok: true, status: 200 }],
  ])('hands on what the inner fetch resolves with: %s', async (_what, answer) => {
    const call = instrumentFetch((async () => answer) as typeof fetch, changes);
    expect(await call('https://api.openai.com/v1/chat/completions', init())).toBe(answer);
  });

  it('rejects with what an inner fetch throws at once', async () => {
    const error = new Error('at once');
    const call = instrumentFetch(() => {
      throw error;
    }, changes);
    const pending = call('https://api.openai.com/v1/chat/completions', init());
    await expect(pending).rejects.toBe(error);
  });
});

describe('what instrumented fetches have counted', () => {
  it.each<[string, () => object]>([
    ['inherits', () => Object.create(init())],
    ['is of a class with private members', () => new HiddenInit()],
    ['is a proxy', () => new Proxy({}, { get: (_target, name) => Reflect.get(init(), name) })],
    ['is there once', oneShot],
  ])('has the model of an init that %s', async (_what, make) => {
    const hosts = { [new URL(origin).host]: { provider: 'counted' } };
    const before = await recordedSeries(test, 'llm_edge_requests_total');
    const response = await instrumentFetch(fetch, { hosts })(`${origin}/v1/chat/completions`, make());
    await response.text();
    const after = await recordedSeries(test, 'llm_edge_requests_total');
    const series = 'gpt-4o-mini counted success';
    expect(Number(after[series])).toBe(Number(before[series] ?? 0) + 1);
  });

  it('leaves no request active', async () => {
    expect(await recordedSeries(test, 'llm_edge_active_requests')).toEqual({ '': 0 });
  });
});
