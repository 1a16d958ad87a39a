import { runScript } from '../support/run-script.js';

// From version 1.10 the API has a copy for `import` and one for `require`, each with a proxy. Before, both are the same.
const program = (register: string): string => `
  import { createRequire } from 'node:module';
  import { trace } from '@opentelemetry/api';
  import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
  import { initMonitoring, observeRequest } from '#lib/index.js';

  const required = createRequire(import.meta.url)('@opentelemetry/api');
  const ours = new InMemorySpanExporter();
  const theirs = new InMemorySpanExporter();
  const early = required.trace.getTracer('early');
  const monitoring = await initMonitoring({ metrics: { exporters: [] }, traces: { spanExporter: ours } });
  const tracers = [early, ...[trace, required.trace].map((api) => api.getTracer('late'))];
  const work = (name) => observeRequest({ provider: 'openai', model: 'gpt-4o' }, async () => {
    await new Promise(setImmediate);
    for (const tracer of tracers) tracer.startSpan(name).end();
  });
  await work('before');
  ${register}.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: theirs })] }));
  await work('after');
  await monitoring.forceFlush();
  const listOf = (exporter) => exporter.getFinishedSpans().map(({ name, parentSpanContext }) => name + (parentSpanContext ? ' within' : ''));
  const result = { ours: listOf(ours), theirs: listOf(theirs) };
  await monitoring.shutdown();
  process.stdout.write(JSON.stringify(result), () => process.exit());
`;

describe('a program with both formats of the API', () => {
  it.each(['trace', 'required.trace'])(
    'has the spans of either, first with this package and then with a provider of %s',
    async (register) => {
      const { stdout, stderr } = await runScript(program(register)).end();
      expect([stderr, JSON.parse(stdout || '{}')]).toEqual([
        '',
        {
          ours: ['before within', 'before within', 'before within', 'chat gpt-4o'],
          theirs: ['after within', 'after within', 'after within', 'chat gpt-4o'],
        },
      ]);
    },
  );
});
