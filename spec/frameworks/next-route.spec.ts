import { trace } from '@opentelemetry/api';
import { instrumentFetch } from '../../lib/fetch.js';
import { startRequest } from '../../lib/index.js';
import { observeOperations, operationOf } from '../../lib/next.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { startModelServer } from '../support/model-server.js';
import { recordedSeries } from '../support/recorded-series.js';

/** What Next.js throws for `redirect()` and `notFound()`. */
const byNext = (digest: string): Error => Object.assign(new Error(digest), { digest });
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

let test: TestMonitoring;

beforeEach(async () => {
  test = await startTestMonitoring();
});
afterEach(() => test.shutdown());

/** A request as Next.js passes it to a handler: reading its headers or its URL would make a static route dynamic. */
function createRequest(path: string, method = 'POST', headers: Record<string, string> = {}) {
  const request = new Request(`http://next.test${path}`, { method, headers });
  const isStatic = method === 'GET' || method === 'HEAD';
  const nextUrl = { pathname: path };
  return {
    method,
    nextUrl,
    signal: request.signal,
    get headers(): Headers {
      if (isStatic) throw new Error('This route is dynamic.');
      return request.headers;
    },
    get url(): string {
      throw new Error('This route is dynamic.');
    },
  };
}

async function outcomes(): Promise<object> {
  const series = await recordedSeries(test, 'llm_edge_operations_total');
  return Object.fromEntries(Object.entries(series).filter(([, count]) => count !== 0));
}

const span = async () => (await test.spans()).find(({ attributes }) => 'http.request.method' in attributes);

/** A body whose chunks are made when they are read. */
function lazyBody(...parts: readonly (() => string)[]): ReadableStream<Uint8Array> {
  const rest = [...parts];
  return new ReadableStream({
    pull(controller) {
      const part = rest.shift();
      if (part === undefined) controller.close();
      else controller.enqueue(new TextEncoder().encode(part()));
    },
  });
}

describe('observeOperations() of next', () => {
  it('ends with the last byte that is read of a JSON response, and returns what the handler returns', async () => {
    const response = Response.json({ ok: true });
    const answer = Promise.resolve(response);
    const request = createRequest('/chat');
    const context = { params: Promise.resolve({}) };
    const handler = jest.fn((_request: typeof request, _context: object) => answer);
    expect(observeOperations(handler)(request, context)).toBe(answer);
    expect(handler).toHaveBeenCalledWith(request, context);
    expect(await answer).toBe(response);
    expect(await outcomes()).toEqual({});
    expect(await response.json()).toEqual({ ok: true });
    expect(await outcomes()).toEqual({ success: 1 });
    const { name, attributes } = (await span()) ?? {};
    expect(name).toBe('POST /chat');
    expect(attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/chat',
      'http.response.status_code': 200,
      'llm_edge.time_to_first_byte_ms': expect.any(Number),
    });
  });

  it('ends with a stream that is piped, and takes the calls that make its chunks', async () => {
    const server = await startModelServer((_call, response) => response.end('{}'));
    const call = instrumentFetch(fetch, { hosts: { [server.host]: { provider: 'vllm' } } });
    const { body } = await observeOperations(async () => {
      const ask = (): string => {
        startRequest({ provider: 'openai', model: 'm' }).end();
        return 'chunk';
      };
      await (await call(server.url, { method: 'POST', body: '{"model":"m"}' })).text();
      return new Response(lazyBody(ask, ask));
    })(createRequest('/chat'));
    await body?.pipeTo(new WritableStream());
    expect((await span())?.attributes).toMatchObject({ 'llm_edge.request_count': 3 });
    expect(await outcomes()).toEqual({ success: 1 });
    await server.close();
  });

  it('is client_cancelled if the pipe is aborted', async () => {
    const { body } = observeOperations(
      () =>
        new Response(
          lazyBody(
            () => 'one',
            () => 'two',
          ),
        ),
    )(createRequest('/chat'));
    const leaving = new AbortController();
    const piping = body?.pipeTo(new WritableStream({ write: () => leaving.abort() }), {
      signal: leaving.signal,
    });
    await expect(piping).rejects.toThrow();
    expect(await outcomes()).toEqual({ 'client_cancelled error': 1 });
  });

  it('is stream_interrupted if the body fails', async () => {
    const fail = (): never => {
      throw new Error('broken');
    };
    const { body } = observeOperations(() => new Response(lazyBody(() => 'one', fail)))(
      createRequest('/chat'),
    );
    await expect(body?.pipeTo(new WritableStream())).rejects.toThrow('broken');
    expect(await outcomes()).toEqual({ 'stream_interrupted error': 1 });
  });

  it.each([
    ['a status of 503', async () => new Response('busy', { status: 503 }), 'overloaded error'],
    ['no response', async () => undefined, 'server_error error'],
    [
      'an error',
      async () => Promise.reject(Object.assign(new Error('slow down'), { code: 'rate_limit_exceeded' })),
      'rate_limited error',
    ],
    ['a status of 404', async () => new Response('none', { status: 404 }), 'success'],
    ['a redirect()', async () => Promise.reject(byNext('NEXT_REDIRECT;replace;/login;307;')), 'success'],
    ['notFound()', async () => Promise.reject(byNext('NEXT_HTTP_ERROR_FALLBACK;404')), 'success'],
    ['a response without a body', async () => new Response(null, { status: 204 }), 'success'],
  ])('records %s', async (_what, handler, outcome) => {
    const served = observeOperations(handler as () => Promise<Response | undefined>)(createRequest('/chat'));
    const [result] = await Promise.allSettled([served]);
    if (result.status === 'fulfilled') await result.value?.text();
    expect(await outcomes()).toEqual({ [outcome]: 1 });
  });

  it('rethrows what a handler throws', async () => {
    const error = new Error('boom');
    const handler = observeOperations((): Response => {
      throw error;
    });
    expect(() => handler(createRequest('/chat'))).toThrow(error);
    expect(await outcomes()).toEqual({ 'server_error error': 1 });
  });

  it('ends at once for HEAD, whose body Next.js does not read', async () => {
    await observeOperations(async () => Response.json({}))(createRequest('/chat', 'HEAD'));
    expect(await outcomes()).toEqual({ success: 1 });
  });

  it.each<[string, string, object | undefined]>([
    ['/threads/[id]', '/threads/7', { id: '7' }],
    ['/threads/[id]', '/threads/a%20b', { id: 'a b' }],
    ['/files/[...path]/raw', '/files/a/b/raw', { path: ['a', 'b'] }],
    ['/threads', '/threads', undefined],
  ])('names the operation after %s', async (route, path, params) => {
    const context = { params: params && Promise.resolve(params) };
    const handler = observeOperations(async (_request: ReturnType<typeof createRequest>, _context: object) =>
      Response.json({}),
    );
    await (await handler(createRequest(path, 'GET'), context)).text();
    expect((await span())?.name).toBe(`GET ${route}`);
  });

  it('takes no value into a name that it cannot replace', async () => {
    const handler = observeOperations(async (_request: ReturnType<typeof createRequest>, _context: object) =>
      Response.json({}),
    );
    const context = { params: Promise.resolve({ id: 'other' }) };
    await (await handler(createRequest('/threads/7'), context)).text();
    const { name, attributes } = (await span()) ?? {};
    expect([name, attributes?.['http.route']]).toEqual(['POST', undefined]);
  });

  it("continues the caller's trace, and hands out the operation", async () => {
    let isSame = false;
    const handler = observeOperations(async (request: ReturnType<typeof createRequest>) => {
      isSame = operationOf(request)?.span === trace.getActiveSpan();
      return Response.json({});
    });
    const headers = { traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01` };
    await (await handler(createRequest('/chat', 'POST', headers))).text();
    expect((await span())?.spanContext().traceId).toBe(TRACE_ID);
    expect(isSame).toBe(true);
  });

  it('makes one operation of a handler that is wrapped twice', async () => {
    const handler = observeOperations(observeOperations(async () => Response.json({})));
    await (await handler(createRequest('/chat'))).text();
    expect(await outcomes()).toEqual({ success: 1 });
  });

  it('only calls the handler before monitoring starts', async () => {
    await test.shutdown();
    const response = Response.json({});
    expect(observeOperations(() => response)(createRequest('/chat', 'GET'))).toBe(response);
    test = await startTestMonitoring();
    expect(await outcomes()).toEqual({});
  });
});
