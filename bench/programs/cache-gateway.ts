// A server that answers every question from its cache, instrumented in one of three ways. All three have the same
// span pipeline: every span is sampled, queued and handed to an exporter that drops it.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { context, type Meter, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { initMonitoring, METRICS, observeOperation } from 'llm-edge-monitoring';
import { Counter, Histogram, Registry } from 'prom-client';

type Serve = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** CPU time that the process has used so far, in microseconds. */
export interface CpuTime {
  readonly cpuUs: number;
}

const NAME = 'POST /v1/chat/completions';
const DURATION_BUCKETS = [...METRICS.llm_edge_operation_duration_ms.buckets];
const OVERHEAD_BUCKETS = [...METRICS.llm_edge_overhead_ms.buckets];
const EXPORTER = {
  export: (_spans: unknown, done: (result: { code: number }) => void): void => done({ code: 0 }),
  shutdown: async (): Promise<void> => undefined,
};

const ANSWER = JSON.stringify({
  object: 'chat.completion',
  choices: [
    { index: 0, message: { role: 'assistant', content: 'A cache keeps answers.' }, finish_reason: 'stop' },
  ],
  usage: { prompt_tokens: 12, completion_tokens: 6, total_tokens: 18 },
});
const cache = new Map<string, string>();

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  request.setEncoding('utf8');
  for await (const chunk of request) body += chunk;
  return body;
}

/** The first question fills the cache. */
function lookUp(body: string): string {
  const key = JSON.stringify(JSON.parse(body).messages);
  const found = cache.get(key);
  if (found !== undefined) return found;
  cache.set(key, ANSWER);
  return ANSWER;
}

function answer(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(text);
}

/**
 * `observeOperation` and `cacheLookup`, as the documents show them.
 */
async function createOurs(): Promise<Serve> {
  await initMonitoring({ metrics: { port: 0 }, traces: { spanExporter: EXPORTER } });
  return (request, response) =>
    observeOperation({ name: NAME }, async (operation) => {
      const body = await readBody(request);
      answer(
        response,
        operation.cacheLookup('L1', () => lookUp(body)),
      );
    });
}

function registerTracing(): TracerProvider {
  const provider = new TracerProvider({
    sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
    spanProcessors: [new BatchSpanProcessor({ exporter: EXPORTER })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  return provider;
}

/**
 * A SERVER span in context with the outcome of the lookup, and prom-client's counters and histograms. The overhead is not
 * computed: it is the time.
 */
async function createHandmade(): Promise<Serve> {
  registerTracing();
  const tracer = trace.getTracer('gateway');
  const shared = { registers: [new Registry()] };
  const named = (name: string) => ({ ...shared, name, help: name });
  const operations = new Counter({
    ...named('llm_edge_operations_total'),
    labelNames: ['status', 'error_type'],
  });
  const hits = new Counter({ ...named('llm_edge_cache_hits_total'), labelNames: ['tier'] });
  const durations = new Histogram({
    ...named('llm_edge_operation_duration_ms'),
    buckets: DURATION_BUCKETS,
  });
  const overheads = new Histogram({ ...named('llm_edge_overhead_ms'), buckets: OVERHEAD_BUCKETS });
  return (request, response) =>
    tracer.startActiveSpan(NAME, { kind: SpanKind.SERVER }, async (span) => {
      const startedAt = performance.now();
      try {
        const body = await readBody(request);
        const found = lookUp(body);
        hits.inc({ tier: 'L1' });
        span.setAttributes({ 'cache.tier': 'L1', 'cache.hit': true });
        answer(response, found);
        operations.inc({ status: 'success' });
      } catch (error) {
        operations.inc({ status: 'error', error_type: 'unknown' });
        span.setAttribute('error.type', 'unknown');
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        const durationMs = performance.now() - startedAt;
        durations.observe(durationMs);
        overheads.observe(durationMs);
        span.end();
      }
    });
}

/**
 * The server span and the duration by `instrumentation-http`, which also writes the attributes of HTTP; the counters and
 * the other histogram by the metrics SDK.
 */
async function createAuto(): Promise<Serve> {
  const tracerProvider = registerTracing();
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const meterProvider = new MeterProvider({ readers: [exporter] });
  const instrumentation = new HttpInstrumentation();
  instrumentation.setTracerProvider(tracerProvider);
  instrumentation.setMeterProvider(meterProvider);
  instrumentation.enable();
  const meter: Meter = meterProvider.getMeter('gateway');
  const operations = meter.createCounter('llm_edge_operations_total');
  const hits = meter.createCounter('llm_edge_cache_hits_total');
  const overheads = meter.createHistogram('llm_edge_overhead_ms', {
    advice: { explicitBucketBoundaries: OVERHEAD_BUCKETS },
  });
  return async (request, response) => {
    const startedAt = performance.now();
    try {
      const body = await readBody(request);
      const found = lookUp(body);
      hits.add(1, { tier: 'L1' });
      answer(response, found);
      operations.add(1, { status: 'success' });
    } catch (error) {
      operations.add(1, { status: 'error', error_type: 'unknown' });
      throw error;
    } finally {
      overheads.record(performance.now() - startedAt);
    }
  };
}

const CREATE: Readonly<Record<string, () => Promise<Serve>>> = {
  ours: createOurs,
  promClient: createHandmade,
  otel: createAuto,
};

const serve = await CREATE[process.argv[2] ?? 'ours']?.();
if (serve === undefined) throw new Error('unknown kind of gateway');
// By require: an instrumentation does not see what an ES module imports.
const { createServer } = createRequire(import.meta.url)('node:http') as typeof import('node:http');
const server = createServer((request, response) => {
  serve(request, response).catch(() => response.destroy());
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuUs: user + system } satisfies CpuTime);
});
process.send?.({ port: (server.address() as AddressInfo).port });
