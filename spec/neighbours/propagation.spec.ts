import { runScript } from '../support/run-script.js';

/** Observes a call to a server within a user's span, and prints the headers that arrived and all spans. */
const program = (setUp: string, inner: string, options: string): string => `
  import { createServer } from 'node:http';
  import { createRequire } from 'node:module';
  import { context, propagation, trace } from '@opentelemetry/api';
  import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
  import nodeFetch from 'node-fetch';
  import { fetch as undiciFetch } from 'undici';
  import { instrumentFetch } from '#lib/fetch.js';
  import { initMonitoring } from '#lib/index.js';

  const require = createRequire(import.meta.url);
  const exporter = new InMemorySpanExporter();
  const processor = new SimpleSpanProcessor({ exporter });
  const startSdk = async (...names) => {
    const { NodeSDK } = await import('@opentelemetry/sdk-node');
    const { HttpInstrumentation } = await import('@opentelemetry/instrumentation-http');
    const { UndiciInstrumentation } = await import('@opentelemetry/instrumentation-undici');
    const instrumentations = names.map((name) => name === 'http' ? new HttpInstrumentation() : new UndiciInstrumentation());
    new NodeSDK({ spanProcessors: [processor], metricReaders: [], instrumentations }).start();
    // Instrumentations replace what is required after they were started.
    require('http');
  };
  const startSentry = async (more) => {
    const transport = () => ({ send: async () => ({ statusCode: 200 }), flush: async () => true });
    (await import('@sentry/node')).init({ dsn: 'https://key@sentry.invalid/1', transport, ...more });
  };
  await ${setUp};
  const server = createServer((request, response) => {
    const all = request.rawHeaders;
    const sent = all.flatMap((name, at) => at % 2 === 0 && /^(traceparent|tracestate|baggage)$/i.test(name) ? [[name.toLowerCase(), all[at + 1]]] : []);
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ sent, choices: [] }));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = '127.0.0.1:' + server.address().port;
  const fetch = instrumentFetch(${inner}, { propagate: ['tracecontext', 'baggage'], hosts: { [host]: { provider: 'gateway' } } });
  const call = async (headers) => (await fetch('http://' + host + '/v1/chat/completions', {
    method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ model: 'gpt-4o' }),
  })).json();
  const monitoring = await initMonitoring({ metrics: { exporters: [] }, traces: { spanExporter: exporter }, ...${options} });
  const bag = propagation.setBaggage(context.active(), propagation.createBaggage({ tenant: { value: 'a' } }));
  const result = await context.with(bag, () => trace.getTracer('app').startActiveSpan('around', async (around) => {
    const answers = [await call(), await call({ baggage: 'mine=1' })];
    around.end();
    return { around: around.spanContext(), sent: answers.map((answer) => answer.sent) };
  }));
  await monitoring.forceFlush();
  await processor.forceFlush();
  const spans = exporter.getFinishedSpans().map((span) => [span.spanContext().spanId, span.name, span.parentSpanContext?.spanId]);
  process.stdout.write(JSON.stringify({ ...result, spans }), () => process.exit());
`;

interface Outcome {
  readonly around: { readonly traceId: string; readonly spanId: string };
  /** The headers about context that arrived with each call. */
  readonly sent: readonly (readonly (readonly [string, string])[])[];
  /** Identifier, name and parent of each span. */
  readonly spans: readonly (readonly [string, string, string | undefined])[];
}

async function outcomeOf(setUp: string, inner = 'globalThis.fetch', options = '{}'): Promise<Outcome> {
  const { stdout, stderr } = await runScript(program(setUp, inner, options)).end();
  if (!stdout.startsWith('{')) throw new Error(stderr);
  return JSON.parse(stdout) as Outcome;
}

/** The names of the spans from the one that a call sent up to the outermost. */
function ancestors({ sent, spans, around }: Outcome, call: number): readonly string[] {
  const [, traceparent = ''] = sent[call]?.find(([name]) => name === 'traceparent') ?? [];
  const [, traceId, spanId] = traceparent.split('-');
  const names: string[] = [traceId === around.traceId ? 'same trace' : 'another trace'];
  let span = spans.find(([id]) => id === spanId);
  while (span !== undefined) {
    names.push(span[1]);
    const [, , parent] = span;
    span = spans.find(([id]) => id === parent);
  }
  return names;
}

const valuesOf = (sent: Outcome['sent'][number], wanted: string): readonly string[] =>
  sent.filter(([name]) => name === wanted).map(([, value]) => value);

const THEIRS = ['same trace', 'POST', 'chat gpt-4o', 'around'];
const OURS = ['same trace', 'chat gpt-4o', 'around'];

describe('propagate', () => {
  it.each<[string, string, string, readonly string[], string]>([
    ['no instrumentation', '', 'globalThis.fetch', OURS, 'mine=1'],
    ['that of undici', `'undici'`, 'globalThis.fetch', THEIRS, 'mine=1, tenant=a'],
    ['that of undici, and its own fetch', `'undici'`, 'undiciFetch', THEIRS, 'mine=1, tenant=a'],
    // It replaces the baggage of the caller.
    ['that of http', `'http'`, 'nodeFetch', THEIRS, 'tenant=a'],
    ['both, and a client of http', `'http', 'undici'`, 'nodeFetch', THEIRS, 'tenant=a'],
  ])(
    'sends one trace, that of the innermost span, with %s',
    async (_name, instrumentations, inner, chain, baggage) => {
      const outcome = await outcomeOf(`startSdk(${instrumentations})`, inner);
      const { sent } = outcome;
      expect(sent.map((headers) => valuesOf(headers, 'traceparent').length)).toEqual([1, 1]);
      expect([0, 1].map((call) => ancestors(outcome, call))).toEqual([chain, chain]);
      expect(sent.map((headers) => valuesOf(headers, 'baggage').join(', '))).toEqual(['tenant=a', baggage]);
    },
  );

  it("sends the user's span without spans of this package", async () => {
    const outcome = await outcomeOf('startSdk()', 'globalThis.fetch', `{ traces: 'none' }`);
    expect([0, 1].map((call) => ancestors(outcome, call))).toEqual([
      ['same trace', 'around'],
      ['same trace', 'around'],
    ]);
  });

  it.each(['{ tracesSampleRate: 1, propagateTraceparent: true }', '{ propagateTraceparent: true }', '{}'])(
    'sends one trace beside Sentry with %s',
    async (options) => {
      const { sent } = await outcomeOf(`startSentry(${options})`);
      for (const headers of sent) {
        expect(valuesOf(headers, 'traceparent')).toEqual([
          expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/),
        ]);
      }
    },
  );
});
