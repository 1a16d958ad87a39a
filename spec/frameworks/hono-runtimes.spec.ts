import { SpanKind } from '@opentelemetry/api';
import { Hono } from 'hono';
import { observeOperations, operationOf } from '../../lib/hono.js';
import { type AppHarness, type AppWork, startAppHarness } from '../support/server-app.js';

let harness: AppHarness;

/** A Hono app without a server, as the runtimes of Deno, Bun and Workers call it. */
async function start(add: (app: Hono, work: AppWork) => void): Promise<Hono> {
  const app = new Hono();
  app.use(observeOperations());
  harness = await startAppHarness((work) => {
    add(app, work);
    return Promise.resolve({ origin: '', close: () => Promise.resolve() });
  });
  return app;
}

beforeEach(() => {
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(async () => {
  await harness.close();
  jest.restoreAllMocks();
});

/** An answer of events. */
function streamed(events: AsyncIterable<string>): Response {
  const encoder = new TextEncoder();
  const chunks = ReadableStream.from(events).pipeThrough(
    new TransformStream<string, Uint8Array>({ transform: (text, to) => to.enqueue(encoder.encode(text)) }),
  );
  return new Response(chunks as never, { headers: { 'content-type': 'text/event-stream', 'x-a': '1' } });
}

describe('observeOperations() of Hono in a runtime with Request and Response', () => {
  it('ends with the body, and keeps status, headers and text', async () => {
    const app = await start((app, work) =>
      app.get('/', (context) => {
        work.operation = operationOf(context);
        return streamed(work.events());
      }),
    );
    const answer = await app.request('/');
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('x-a')]).toEqual([
      200,
      'text/event-stream',
      '1',
    ]);
    expect(harness.work.operation?.ended).toBe(false);
    harness.release();
    expect(await answer.text()).toBe('data: 1\n\ndata: 2\n\n');
    expect(await harness.outcomes(1)).toEqual(['success']);
    const [operation] = await harness.operations();
    expect(operation?.name).toBe('GET /');
    expect(operation?.attributes).toHaveProperty(['llm_edge.time_to_first_byte_ms']);
  });

  it('is cancelled with the body', async () => {
    const app = await start((app, work) => app.get('/', () => streamed(work.events())));
    const reader = (await app.request('/')).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect(await harness.outcomes(1)).toEqual(['client_cancelled']);
  });

  it('is interrupted with the body', async () => {
    const app = await start((app, work) => app.get('/', () => streamed(work.broken())));
    await expect((await app.request('/')).text()).rejects.toThrow();
    expect(await harness.outcomes(1)).toEqual(['stream_interrupted']);
  });

  it('records calls, templates and nested apps', async () => {
    const app = await start((app, work) => {
      const inner = new Hono();
      inner.use(observeOperations());
      inner.post('/chat/:id', async (context) => {
        expect(operationOf(context)?.ended).toBe(false);
        return context.json((await work.answer(await context.req.json())) as object);
      });
      app.route('/v1', inner);
    });
    const answer = await app.request('/v1/chat/7', { method: 'POST', body: '{"id":"a"}' });
    expect(await answer.json()).toEqual({ id: 'a' });
    expect(await harness.outcomes(1)).toEqual(['success']);
    const [operation] = await harness.operations();
    const call = (await harness.spans()).find(({ kind }) => kind === SpanKind.CLIENT);
    expect(call?.parentSpanContext?.spanId).toBe(operation?.spanContext().spanId);
    expect(operation?.attributes).toMatchObject({
      'http.route': '/v1/chat/:id',
      'llm_edge.request_count': 1,
    });
  });

  it('knows the error of a handler', async () => {
    const app = await start((app, work) => app.get('/', () => Promise.reject(work.error)));
    await (await app.request('/')).text();
    expect(await harness.outcomes(1)).toEqual(['budget_exceeded']);
  });

  it('passes on what Hono does not handle', async () => {
    const app = await start((app) => app.get('/', () => Promise.reject({ status: 429 })));
    await expect(app.request('/')).rejects.toEqual({ status: 429 });
    expect(await harness.outcomes(1)).toEqual(['rate_limited']);
  });

  it.each([
    ['HEAD', 200],
    ['DELETE', 204],
    ['GET', 404],
  ])('ends at once with the answer to %s', async (method, status) => {
    const app = await start((app) => {
      app.get('/a', (context) => context.text('x'));
      app.delete('/a', (context) => context.body(null, 204));
    });
    const answer = await app.request(status === 404 ? '/b' : '/a', { method });
    expect(answer.status).toBe(status);
    await answer.text();
    expect(await harness.outcomes(1)).toEqual(['success']);
  });
});
