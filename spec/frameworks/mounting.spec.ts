import { Writable } from 'node:stream';
import { context, SpanKind, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import express, { type ErrorRequestHandler, type Request } from 'express';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { observeOperations as observeExpress, operationOf as ofExpress } from '../../lib/express.js';
import { observeOperations as observeFastify, operationOf as ofFastify } from '../../lib/fastify.js';
import { observeOperations as observeHono } from '../../lib/hono.js';
import {
  type AppHarness,
  type AppWork,
  listen,
  type StartedApp,
  startAppHarness,
} from '../support/server-app.js';

let app: AppHarness | undefined;

async function start(startApp: (work: AppWork) => Promise<StartedApp>): Promise<AppHarness> {
  app = await startAppHarness(startApp);
  return app;
}

/** Express with the routes that are added to it. */
const startExpress = (add: (app: express.Express, work: AppWork) => void) =>
  start((work) => {
    const app = express().set('env', 'test');
    add(app, work);
    return listen(app);
  });

const read = async (url: string, init?: RequestInit) => (await fetch(url, init)).text().catch(() => 'broken');

beforeEach(() => {
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(async () => {
  await app?.close();
  jest.restoreAllMocks();
});

/** Two calls of models, as children of the only operation. */
async function expectOneParent({ spans, operations, outcomes }: AppHarness): Promise<void> {
  expect(await outcomes(1)).toEqual(['success']);
  const [operation] = await operations();
  const parents = (await spans())
    .filter(({ kind }) => kind === SpanKind.CLIENT)
    .map(({ parentSpanContext }) => parentSpanContext?.spanId);
  const spanId = operation?.spanContext().spanId;
  expect(parents).toEqual([spanId, spanId]);
}

describe('observeOperations() of Express', () => {
  it('records one operation where it is mounted twice and in a router', async () => {
    const { origin, ...harness } = await startExpress((app, work) => {
      const router = express.Router();
      router.use(observeExpress());
      router.get('/chat', async (_request, response) => response.json(await work.failOver()));
      app.use(observeExpress(), observeExpress()).use('/v1', router);
    });
    await read(`${origin}/v1/chat`);
    await expectOneParent({ origin, ...harness });
  });

  it('keeps the context across a parser that reads the request by its events', async () => {
    const { origin, ...harness } = await startExpress((app, work) => {
      app.use(observeExpress());
      app.use((request, _response, next) => {
        const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
        request.on('end', () => next());
        request.pipe(sink);
      });
      app.post('/', async (_request, response) => response.json(await work.failOver()));
    });
    await read(origin, { method: 'POST', body: 'x'.repeat(100_000) });
    await expectOneParent({ origin, ...harness });
  });

  it('is a child of the span that an instrumentation of the server has made', async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const { origin, spans, outcomes } = await start(() => {
      const app = express().use(observeExpress());
      const tracer = trace.getTracer('spec');
      return listen((request, response) =>
        tracer.startActiveSpan('HTTP', (span) => {
          response.on('close', () => span.end());
          app(request, response);
        }),
      );
    });
    await read(origin, {
      headers: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
    });
    await outcomes(1);
    const [operation, outer] = await spans();
    expect(operation?.kind).toBe(SpanKind.INTERNAL);
    expect(operation?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
    context.disable();
  });

  it('takes the status that an error handler gives', async () => {
    const { origin, outcomes } = await startExpress((app) => {
      const onError: ErrorRequestHandler = (_error, _request, response, _next) => {
        response.status(422).json({});
      };
      app.use(observeExpress());
      app.get('/', () => Promise.reject(new Error('x')));
      app.use(onError);
    });
    await read(origin);
    expect(await outcomes(1)).toEqual(['success']);
  });

  it('records an error after the first byte as an interruption', async () => {
    const { origin, outcomes } = await startExpress((app) => {
      app.use(observeExpress());
      app.get('/', (_request, response, next) => {
        response.write('first', () => next(new Error('x')));
      });
    });
    expect(await read(origin)).toBe('broken');
    expect(await outcomes(1)).toEqual(['stream_interrupted']);
  });

  it('names an operation when the route is known, and sets attributes', async () => {
    const { origin, operations, outcomes } = await startExpress((app) => {
      app.use(
        observeExpress<Request>({
          name: ({ route }) => `items ${route.path}`,
          attributes: ({ headers }) => ({ tenant: String(headers['x-tenant']) }),
        }),
      );
      const router = express.Router({ mergeParams: true });
      router.get('/:item', (_request, response) => response.send('x'));
      app.use('/tenants/:tenant', router);
    });
    await read(`${origin}/tenants/secret/7`, { headers: { 'x-tenant': 'a' } });
    await outcomes(1);
    const [operation] = await operations();
    expect(operation?.name).toBe('items /:item');
    expect(operation?.attributes).toMatchObject({ tenant: 'a' });
    expect(operation?.attributes).not.toHaveProperty(['http.route']);
    expect(JSON.stringify(operation?.attributes)).not.toContain('secret');
  });

  it('lets a handler decide', async () => {
    const { origin, outcomes } = await startExpress((app) => {
      app.use(observeExpress());
      app.get('/', (request, response) => {
        ofExpress(request)?.fail(undefined, 'budget_exceeded');
        response.status(402).end();
      });
    });
    await read(origin);
    expect(await outcomes(1)).toEqual(['budget_exceeded']);
  });

  const fail = () => {
    throw new Error('no');
  };
  const HOSTILE: readonly [string, object, string][] = [
    ['throw', { name: fail, attributes: fail, ignore: fail }, 'internal_error'],
    ['return what throws', { attributes: () => new Proxy({}, { ownKeys: fail }) }, 'internal_error'],
    ['return a text', { attributes: () => 'secret' }, 'invalid_value'],
  ];

  it.each(HOSTILE)(
    'observes a request whose options %s, without what they return',
    async (_name, options, reason) => {
      const { origin, operations, outcomes, test } = await startExpress((app) => {
        app.use(observeExpress(options));
        app.get('/a', (_request, response) => response.send('a'));
      });
      expect(await read(`${origin}/a`)).toBe('a');
      expect(await outcomes(1)).toEqual(['success']);
      const [operation] = await operations();
      expect(operation?.name).toBe('GET /a');
      expect(operation?.attributes).not.toHaveProperty('0');
      const drops = await test.series('llm_edge_monitoring_dropped_total');
      expect(drops.filter(({ value }) => value !== 0)).toEqual([
        expect.objectContaining({ labels: { reason } }),
      ]);
    },
  );

  it('cuts a name that a function returns, and makes it well-formed', async () => {
    const { origin, operations, outcomes } = await startExpress((app) => {
      app.use(observeExpress({ name: () => `\ud800${'x'.repeat(100_000)}` }));
      app.get('/a', (_request, response) => response.send('a'));
    });
    await read(`${origin}/a`);
    await outcomes(1);
    const name = (await operations())[0]?.name ?? '';
    expect([name.isWellFormed(), name.length < 10_000]).toEqual([true, true]);
  });

  it('records the status that was sent, not one that is set later', async () => {
    const { origin, operations, outcomes } = await startExpress((app) => {
      const onError: ErrorRequestHandler = (_error, _request, response, next) => {
        response.status(500);
        next();
      };
      app.use(observeExpress());
      app.get('/', (_request, response) => {
        response.json({});
        throw new Error('late');
      });
      app.use(onError);
      app.use(() => undefined);
    });
    expect(await read(origin)).toBe('{}');
    expect(await outcomes(1)).toEqual(['success']);
    expect((await operations())[0]?.attributes['http.response.status_code']).toBe(200);
  });
});

describe('observeOperations() of Fastify', () => {
  const startFastify = (add: (app: FastifyInstance, work: AppWork) => void) =>
    start(async (work) => {
      const app = fastify();
      add(app, work);
      return { origin: await app.listen({ port: 0, host: '127.0.0.1' }), close: () => app.close() };
    });

  it('records one operation where it is registered twice, across a parser of events', async () => {
    const { origin, ...harness } = await startFastify((app, work) => {
      void app.register(observeFastify()).register(observeFastify());
      app.addContentTypeParser('audio/wav', (_request, payload, done) => {
        payload.on('end', () => done(null, {})).resume();
      });
      app.post('/', () => work.failOver());
    });
    await read(origin, {
      method: 'POST',
      body: 'x'.repeat(100_000),
      headers: { 'content-type': 'audio/wav' },
    });
    await expectOneParent({ origin, ...harness });
  });

  it('observes what hijacked handlers send, and injected requests', async () => {
    const injected: unknown[] = [];
    const { origin, outcomes } = await startFastify((app) => {
      void app.register(observeFastify());
      app.get('/', (_request, reply) => {
        reply.hijack();
        reply.raw.writeHead(503).end('x');
      });
      app.get('/inject', async () => {
        injected.push((await app.inject('/')).statusCode);
        return {};
      });
    });
    await read(`${origin}/inject`);
    expect([...(await outcomes(2))].sort()).toEqual(['overloaded', 'success']);
    expect(injected).toEqual([503]);
  });

  it('takes the status that an error handler gives', async () => {
    const { origin, outcomes } = await startFastify((app, work) => {
      void app.register(observeFastify<FastifyRequest>({ attributes: ({ ip }) => ({ ip }) }));
      app.setErrorHandler((_error, _request, reply) => reply.code(400).send({}));
      app.get('/', (request) => {
        expect(ofFastify(request)?.ended).toBe(false);
        throw work.error;
      });
    });
    await read(origin);
    expect(await outcomes(1)).toEqual(['success']);
  });
});

describe('the options of observeOperations()', () => {
  it.each([
    ['express', observeExpress],
    ['fastify', observeFastify],
    ['hono', observeHono],
  ])('of %s are checked at the start', (_name, observe: (options: never) => unknown) => {
    const bad = { name: 1, attributes: [], ignore: '/health', maxDurationMs: 0, ignored: () => true };
    const names = ['ignored', ...Object.keys(bad).slice(0, 4)];
    const problems = names.map((option) => expect.objectContaining({ option }));
    expect(() => observe(bad as never)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_CONFIG', problems }),
    );
    expect(() => observe(null as never)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_CONFIG' }));
  });
});
