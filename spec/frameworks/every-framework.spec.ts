import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { serve } from '@hono/node-server';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import connect from 'connect';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { observeOperations as observeExpress, operationOf as ofExpress } from '../../lib/express.js';
import { observeOperations as observeFastify, operationOf as ofFastify } from '../../lib/fastify.js';
import { observeOperations as observeHono, operationOf as ofHono } from '../../lib/hono.js';
import { type AppHarness, listen, onWaiting, type StartApp, startAppHarness } from '../support/server-app.js';

const startExpress: StartApp = (work) => {
  const app = express();
  app.set('env', 'test');
  app.use(observeExpress({ ignore: ({ url }) => url === '/health' }));
  app.use(express.json());
  app.use((request, _response, next) => {
    work.operation = ofExpress(request);
    next();
  });
  app.post('/chat', async (request, response) => response.json(await work.answer(request.body)));
  app.post('/failover', async (_request, response) => response.json(await work.failOver()));
  app.get('/stream', (_request, response) => {
    response.type('text/event-stream');
    Readable.from(work.events()).pipe(response);
  });
  app.get('/broken', async (_request, response) => {
    response.type('text/event-stream');
    await pipeline(Readable.from(work.broken()), response);
  });
  app.get('/throw', () => {
    throw work.error;
  });
  app.get('/reject', () => Promise.reject(work.error));
  app.get('/wait', onWaiting);
  app.get('/health', (_request, response) => response.send('ok'));
  app.get('/items/:id', (request, response) => response.json({ id: request.params.id }));
  return listen(app);
};

const startConnect: StartApp = (work) => {
  const app = connect();
  app.use(observeExpress({ ignore: ({ url }) => url === '/health' }));
  app.use(express.json() as connect.HandleFunction);
  app.use((request, response, next) => {
    work.operation = ofExpress(request);
    const send = (value: unknown) => response.end(JSON.stringify(value));
    const routes: Record<string, () => unknown> = {
      '/chat': async () => send(await work.answer((request as { body?: unknown }).body)),
      '/failover': async () => send(await work.failOver()),
      '/stream': () => Readable.from(work.events()).pipe(response),
      '/broken': () => pipeline(Readable.from(work.broken()), response).catch(() => undefined),
      '/throw': () => {
        throw work.error;
      },
      '/reject': () => next(work.error),
      '/wait': onWaiting,
      '/health': () => response.end('ok'),
      '/items/7': () => send({ id: '7' }),
    };
    const route = routes[request.url ?? ''];
    if (route === undefined) next();
    else void route();
  });
  return listen(app);
};

const startFastify: StartApp = async (work) => {
  const app = fastify();
  void app.register(observeFastify({ ignore: ({ url }) => url === '/health' }));
  // Routes of a plugin are encapsulated.
  void app.register((routes, _options, done) => {
    routes.addHook('preHandler', async (request) => {
      work.operation = ofFastify(request);
    });
    routes.post('/chat', (request) => work.answer(request.body));
    routes.post('/failover', () => work.failOver());
    routes.get('/stream', (_request, reply) =>
      reply.type('text/event-stream').send(Readable.from(work.events())),
    );
    routes.get('/broken', (_request, reply) =>
      reply.type('text/event-stream').send(Readable.from(work.broken())),
    );
    routes.get('/throw', (_request, _reply) => {
      throw work.error;
    });
    routes.get('/reject', () => Promise.reject(work.error));
    routes.get('/wait', (_request, reply) => {
      reply.hijack();
      onWaiting();
    });
    routes.get('/health', () => 'ok');
    routes.get<{ Params: { id: string } }>('/items/:id', async ({ params }) => ({ id: params.id }));
    done();
  });
  const origin = await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    origin,
    close: async () => {
      app.server.closeAllConnections();
      await app.close();
    },
  };
};

const startHono: StartApp = (work) => {
  const app = new Hono();
  app.use(observeHono({ ignore: ({ req }) => req.path === '/health' }));
  app.use(async (context, next) => {
    work.operation = ofHono(context);
    await next();
  });
  app.post('/chat', async (context) => context.json((await work.answer(await context.req.json())) as object));
  app.post('/failover', async (context) => context.json((await work.failOver()) as object));
  app.get('/stream', (context) =>
    streamSSE(context, async (stream) => {
      for await (const event of work.events()) await stream.write(event);
    }),
  );
  app.get('/broken', () => new Response(ReadableStream.from(work.broken()) as never));
  app.get('/throw', () => {
    throw work.error;
  });
  app.get('/reject', () => Promise.reject(work.error));
  app.get('/wait', () => {
    onWaiting();
    return new Promise<Response>(() => undefined);
  });
  app.get('/health', (context) => context.text('ok'));
  app.get('/items/:id', (context) => context.json({ id: context.req.param('id') }));
  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
      resolve({
        origin: `http://127.0.0.1:${port}`,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            if ('closeAllConnections' in server) server.closeAllConnections();
          }),
      }),
    );
  });
};

const FRAMEWORKS = { express: startExpress, connect: startConnect, fastify: startFastify, hono: startHono };

describe.each(Object.keys(FRAMEWORKS) as (keyof typeof FRAMEWORKS)[])('observeOperations() of %s', (name) => {
  let app: AppHarness;
  beforeEach(async () => {
    // Express and Hono print errors that no handler of the app takes.
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
    app = await startAppHarness(FRAMEWORKS[name]);
  });
  afterEach(async () => {
    await app.close();
    jest.restoreAllMocks();
  });

  it('records JSON once, with the model’s call as its child across the body parser', async () => {
    expect(await app.post('/chat', { id: 'a' })).toEqual({ id: 'a' });
    expect(await app.outcomes(1)).toEqual(['success']);
    const [operation] = await app.operations();
    const call = (await app.spans()).find(({ kind }) => kind === SpanKind.CLIENT);
    expect(call?.parentSpanContext?.spanId).toBe(operation?.spanContext().spanId);
    expect(operation?.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      'llm_edge.request_count': 1,
    });
    expect(operation?.kind).toBe(SpanKind.SERVER);
    expect(operation?.name).toBe(name === 'connect' ? 'POST' : 'POST /chat');
  });

  it('continues the trace of the caller', async () => {
    const [traceId, spanId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
    await app.post('/chat', { id: 'a' }, { traceparent: `00-${traceId}-${spanId}-01` });
    await app.outcomes(1);
    const [operation] = await app.operations();
    expect(operation?.spanContext().traceId).toBe(traceId);
    expect(operation?.parentSpanContext).toMatchObject({ spanId, isRemote: true });
    expect(operation?.kind).toBe(SpanKind.SERVER);
  });

  it('keeps concurrent requests apart', async () => {
    const ids = ['a', 'b', 'c', 'd'];
    await Promise.all(ids.map((id) => app.post('/chat', { id })));
    await app.outcomes(ids.length);
    const calls = (await app.spans()).filter(({ kind }) => kind === SpanKind.CLIENT);
    const operations = await app.operations();
    expect(new Set(calls.map(({ parentSpanContext }) => parentSpanContext?.spanId))).toEqual(
      new Set(operations.map((span) => span.spanContext().spanId)),
    );
    expect(operations.map(({ attributes }) => attributes['llm_edge.request_count'])).toEqual([1, 1, 1, 1]);
  });

  it('records a failover, and its time as no overhead', async () => {
    expect(await app.post('/failover', {})).toEqual({ statuses: [503, 200] });
    expect(await app.outcomes(1)).toEqual(['success']);
    const labels = { from_provider: 'bad', to_provider: 'good', error_type: 'overloaded' } as const;
    expect(await app.test.value('llm_edge_failovers_total', labels)).toBe(1);
    const { sum } = (await app.test.value('llm_edge_operation_duration_ms', {})) as { readonly sum: number };
    const overhead = (await app.test.value('llm_edge_overhead_ms', {})) as { readonly sum: number };
    expect(overhead.sum).toBeLessThan(sum);
  });

  it('records a stream to its last byte', async () => {
    const answer = await fetch(`${app.origin}/stream`);
    const chunks: string[] = [];
    for await (const chunk of answer.body ?? []) {
      chunks.push(Buffer.from(chunk).toString());
      if (chunks.length > 1) continue;
      expect(app.work.operation?.ended).toBe(false);
      app.release();
    }
    expect(chunks.join('')).toBe('data: 1\n\ndata: 2\n\n');
    expect(await app.outcomes(1)).toEqual(['success']);
    const [operation] = await app.operations();
    const { sum } = (await app.test.value('llm_edge_operation_duration_ms', {})) as { readonly sum: number };
    expect(operation?.attributes['llm_edge.time_to_first_byte_ms']).toBeLessThan(sum);
  });

  it.each(['/stream', '/wait'])('records a client that leaves %s', async (path) => {
    await app.leave(path);
    expect(await app.outcomes(1)).toEqual(['client_cancelled']);
  });

  it.each(['/throw', '/reject'])('records the error of %s', async (path) => {
    expect((await fetch(`${app.origin}${path}`)).status).toBe(500);
    const knowsErrors = name === 'fastify' || name === 'hono';
    expect(await app.outcomes(1)).toEqual([knowsErrors ? 'budget_exceeded' : 'server_error']);
    expect((await app.operations())[0]?.status.code).toBe(SpanStatusCode.ERROR);
  });

  it('records an error in the middle of a stream as an interruption', async () => {
    await expect(fetch(`${app.origin}/broken`).then((answer) => answer.text())).rejects.toThrow();
    expect(await app.outcomes(1)).toEqual(['stream_interrupted']);
  });

  it('records a path that does not exist, without its text', async () => {
    const answer = await fetch(`${app.origin}/secret-token`);
    await answer.text();
    expect(answer.status).toBe(404);
    expect(await app.outcomes(1)).toEqual(['success']);
    const [operation] = await app.operations();
    expect(operation?.attributes['http.response.status_code']).toBe(404);
    expect(JSON.stringify([operation?.name, operation?.attributes])).not.toContain('secret');
  });

  it('records the template of a route', async () => {
    await (await fetch(`${app.origin}/items/7`)).text();
    await app.outcomes(1);
    const [operation] = await app.operations();
    expect(operation?.attributes['http.route']).toBe(name === 'connect' ? undefined : '/items/:id');
  });

  it('records nothing of ignored requests', async () => {
    await (await fetch(`${app.origin}/health`)).text();
    await (await fetch(`${app.origin}/items/7`)).text();
    expect(await app.outcomes(1)).toEqual(['success']);
  });

  it('does nothing after the shutdown', async () => {
    await app.test.shutdown();
    expect(await app.post('/chat', { id: 'a' })).toEqual({ id: 'a' });
  });
});
