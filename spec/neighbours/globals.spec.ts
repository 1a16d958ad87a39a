import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Context,
  context,
  createContextKey,
  metrics,
  propagation,
  ROOT_CONTEXT,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { type BedrockPlugin, bedrockMiddleware } from '../../lib/bedrock.js';
import { instrumentFetch } from '../../lib/fetch.js';
import {
  initMonitoring,
  type Monitoring,
  type MonitoringOptions,
  observeOperation,
  observeRequest,
  recordCost,
  startRequest,
} from '../../lib/index.js';
import { captureLog } from '../support/captured-log.js';

const KEY = createContextKey('spec');
const CHAT = { provider: 'openai', model: 'gpt-4o' };
const NOTHING = { contextManager: false, fields: [] as string[] };
const OURS = { contextManager: true, fields: ['traceparent', 'tracestate', 'baggage'] };

let running: Monitoring[] = [];
let exporter: InMemorySpanExporter;

async function start(options: MonitoringOptions = {}): Promise<Monitoring> {
  exporter = new InMemorySpanExporter();
  const monitoring = await initMonitoring({
    metrics: { exporters: [] },
    traces: { spanExporter: exporter },
    ...options,
  });
  running.push(monitoring);
  return monitoring;
}

/** What the process has by way of a context manager and a propagator. */
function inPlace() {
  const marked = ROOT_CONTEXT.setValue(KEY, true);
  return { contextManager: context.with(marked, isMarked), fields: propagation.fields() };
}

function isMarked(): boolean {
  return context.active().getValue(KEY) === true;
}

function freeGlobals(): void {
  context.disable();
  propagation.disable();
  trace.disable();
  metrics.disable();
}

afterEach(async () => {
  await Promise.allSettled(running.map((monitoring) => monitoring.shutdown()));
  running = [];
  freeGlobals();
});

/** A call through the middleware, as the AWS SDK makes it. */
async function callBedrock(): Promise<void> {
  const plugin: BedrockPlugin = bedrockMiddleware();
  let call: (() => Promise<unknown>) | undefined;
  plugin.applyToStack({
    add: (middleware) => {
      const next = async () => ({ output: {}, response: {} }) as never;
      const handler = middleware(next, { commandName: 'ConverseCommand' });
      call = () => handler({ input: { modelId: 'amazon.nova-lite-v1:0' } } as never);
    },
  });
  await call?.();
}

async function callFetch(url: string): Promise<void> {
  const answered = instrumentFetch(async () => Response.json({ choices: [] }));
  await (await answered(url, { method: 'POST', body: '{"model":"gpt-4o"}' })).text();
}

describe('initMonitoring() in a process without an SDK', () => {
  it('takes nothing global: whoever registers afterwards is not refused', async () => {
    await start();
    expect(inPlace()).toEqual(NOTHING);
    const meterProvider = new MeterProvider();
    expect([
      context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()),
      propagation.setGlobalPropagator(new W3CTraceContextPropagator()),
      trace.setGlobalTracerProvider(new TracerProvider()),
      metrics.setGlobalMeterProvider(meterProvider),
    ]).toEqual([true, true, true, true]);
  });

  it.each<readonly [string, () => unknown]>([
    ['observeRequest', () => observeRequest(CHAT, () => undefined)],
    ['startRequest', () => startRequest(CHAT).end()],
    ['observeOperation', () => observeOperation({}, () => undefined)],
    ['a fetch that recognises its target', () => callFetch('https://api.openai.com/v1/chat/completions')],
    ['the middleware of Bedrock', callBedrock],
  ])('claims context manager and propagator with the first call of %s', async (_name, call) => {
    await start();
    await call();
    expect(inPlace()).toEqual(OURS);
  });

  it.each<readonly [string, () => unknown]>([
    ['a cost', () => recordCost('openai', 'gpt-4o', 1)],
    ['a fetch of something else', () => callFetch('https://example.com/v1/orders')],
  ])('claims nothing with %s', async (_name, call) => {
    await start();
    await call();
    expect(inPlace()).toEqual(NOTHING);
  });

  it('finds the operation of requests and spans that start after an await, from the first operation on', async () => {
    const monitoring = await start();
    await Promise.all(
      ['one', 'two'].map((name) =>
        observeOperation({ name }, async () => {
          await new Promise(setImmediate);
          await observeRequest(CHAT, async () => {
            await new Promise(setImmediate);
            trace.getTracer('app').startSpan('within').end();
          });
        }),
      ),
    );
    await monitoring.forceFlush();
    const spans = exporter.getFinishedSpans();
    const parentOf = (span: (typeof spans)[number] | undefined) =>
      spans.find((other) => other.spanContext().spanId === span?.parentSpanContext?.spanId);
    const lines = spans.map((span) =>
      [span, parentOf(span), parentOf(parentOf(span))].map((one) => one?.name),
    );
    expect(lines.sort()).toEqual([
      ['chat gpt-4o', 'one', undefined],
      ['chat gpt-4o', 'two', undefined],
      ['one', undefined, undefined],
      ['two', undefined, undefined],
      ['within', 'chat gpt-4o', 'one'],
      ['within', 'chat gpt-4o', 'two'],
    ]);
  });

  it('claims what is missing only: a propagator of the user stays, and no propagator is claimed for none', async () => {
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    await start();
    observeRequest(CHAT, () => undefined);
    expect(inPlace()).toEqual({ contextManager: true, fields: ['traceparent', 'tracestate'] });
    await running[0]?.shutdown();
    expect(inPlace()).toEqual({ contextManager: false, fields: ['traceparent', 'tracestate'] });
    propagation.disable();
    await start({ propagators: [] });
    observeRequest(CHAT, () => undefined);
    expect(inPlace()).toEqual({ contextManager: true, fields: [] });
  });

  it('gives back at shutdown what is its own, and observes nothing for anybody after that', async () => {
    const monitoring = await start();
    observeRequest(CHAT, () => undefined);
    await monitoring.shutdown();
    observeRequest(CHAT, () => undefined);
    expect(inPlace()).toEqual(NOTHING);
    // A tracer that is handed out now belongs to whoever comes next.
    const tracer = trace.getTracer('app');
    expect(tracer.startSpan('none').isRecording()).toBe(false);
    trace.setGlobalTracerProvider(new TracerProvider());
    expect(tracer.startSpan('some').isRecording()).toBe(true);
  });

  it('leaves in place at shutdown what the user has put in the place of its own', async () => {
    const monitoring = await start();
    observeRequest(CHAT, () => undefined);
    freeGlobals();
    const tracerProvider = new TracerProvider();
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    trace.setGlobalTracerProvider(tracerProvider);
    let seen: Context | undefined;
    await context.with(ROOT_CONTEXT.setValue(KEY, true), async () => {
      await monitoring.shutdown();
      seen = context.active();
    });
    expect(seen?.getValue(KEY)).toBe(true);
    expect(inPlace()).toEqual({ contextManager: true, fields: ['traceparent', 'tracestate'] });
    expect(trace.getTracer('app').startSpan('theirs').isRecording()).toBe(true);
  });

  it('leaves nothing behind where it cannot start', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, 'localhost', resolve));
    const { port } = blocker.address() as AddressInfo;
    await expect(start({ metrics: { port }, registerGlobals: true })).rejects.toMatchObject({
      code: 'ERR_PORT_IN_USE',
    });
    await new Promise((resolve) => blocker.close(resolve));
    observeRequest(CHAT, () => undefined);
    expect(inPlace()).toEqual(NOTHING);
    expect(trace.getTracer('app').startSpan('none').isRecording()).toBe(false);
    expect(metrics.setGlobalMeterProvider(new MeterProvider())).toBe(true);
  });

  it('says nothing where no SDK came too late', async () => {
    const log = captureLog();
    const monitoring = await start();
    for (let call = 0; call < 3; call += 1) observeRequest(CHAT, () => undefined);
    await monitoring.shutdown();
    trace.setGlobalTracerProvider(new TracerProvider());
    await start();
    for (let call = 0; call < 3; call += 1) observeRequest(CHAT, () => undefined);
    log.release();
    expect(log.lines.filter((line) => line.includes('refused'))).toEqual([]);
  });

  it('observes on where the log that it says something to throws', async () => {
    const monitoring = await start();
    observeRequest(CHAT, () => undefined);
    const theirs = new InMemorySpanExporter();
    const processor = new SimpleSpanProcessor({ exporter: theirs });
    trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [processor] }));
    const log = captureLog();
    jest.spyOn(log.lines as string[], 'push').mockImplementation(() => {
      throw new Error('no log');
    });
    expect(observeRequest(CHAT, () => 'answer')).toBe('answer');
    log.release();
    await monitoring.forceFlush();
    expect([exporter, theirs].map((to) => to.getFinishedSpans().length)).toEqual([1, 1]);
  });
});

describe('initMonitoring() with registerGlobals', () => {
  it('registers context manager, propagator and meter provider at the start, and gives them back', async () => {
    const monitoring = await start({ registerGlobals: true });
    expect(inPlace()).toEqual(OURS);
    expect(metrics.setGlobalMeterProvider(new MeterProvider())).toBe(false);
    await monitoring.shutdown();
    expect(inPlace()).toEqual(NOTHING);
    expect(metrics.setGlobalMeterProvider(new MeterProvider())).toBe(true);
  });

  it('has instruments of the user on its page, and by default has not', async () => {
    const pageWith = async (options: MonitoringOptions) => {
      const monitoring = await start({ metrics: { port: 0 }, ...options });
      metrics.getMeter('app').createCounter('app_jobs').add(3);
      const page = await (await fetch(monitoring.metricsUrl ?? '')).text();
      await monitoring.shutdown();
      return page.split('\n').filter((line) => line.startsWith('app_jobs'));
    };
    expect(await pageWith({ registerGlobals: true })).toEqual(['app_jobs_total 3']);
    expect(await pageWith({})).toEqual([]);
  });

  it('takes it from LLM_EDGE_REGISTER_GLOBALS', async () => {
    process.env['LLM_EDGE_REGISTER_GLOBALS'] = 'true';
    try {
      await start();
      expect(inPlace()).toEqual(OURS);
    } finally {
      delete process.env['LLM_EDGE_REGISTER_GLOBALS'];
    }
  });

  it('registers nothing in the place of what is there', async () => {
    const meterProvider = new MeterProvider();
    metrics.setGlobalMeterProvider(meterProvider);
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    const monitoring = await start({ registerGlobals: true, metrics: {} });
    await monitoring.shutdown();
    expect(inPlace()).toEqual({ contextManager: true, fields: ['traceparent', 'tracestate'] });
    expect(metrics.getMeterProvider()).toBe(meterProvider);
  });
});
