import { runScript } from '../support/run-script.js';

/** Starts NodeSDK after what `before` does, and observes a request with a user's span around it. */
const program = (before: string): string => `
  import { context, diag, propagation, trace } from '@opentelemetry/api';
  import { NodeSDK } from '@opentelemetry/sdk-node';
  import { AggregationTemporality, InMemoryMetricExporter, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
  import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
  import { initMonitoring, observeRequest } from '#lib/index.js';

  const told = [];
  const tell = (level) => (...line) => told.push(level + ': ' + line.join(' ').split('\\n')[0]);
  const ignore = () => undefined;
  diag.setLogger({ warn: tell('warn'), error: tell('error'), info: ignore, debug: ignore, verbose: ignore });

  const ours = new InMemorySpanExporter();
  const theirs = new InMemorySpanExporter();
  const observed = () => observeRequest({ provider: 'openai', model: 'gpt-4o' }, async () => {
    await new Promise(setImmediate);
    trace.getTracer('app').startSpan('within').end();
  });
  ${before}
  const reader = new PeriodicExportingMetricReader({ exporter: new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE) });
  const processor = new SimpleSpanProcessor({ exporter: theirs });
  const sdk = new NodeSDK({ spanProcessors: [processor], metricReaders: [reader], instrumentations: [] });
  sdk.start();
  await trace.getTracer('app').startActiveSpan('around', async (span) => {
    await observed();
    span.end();
  });
  await observed();
  const monitoring = await initMonitoring(typeof options === 'undefined' ? undefined : options);
  await monitoring.forceFlush();
  // They wait for the attributes of their Resource.
  await processor.forceFlush();
  const ids = new Map([...ours.getFinishedSpans(), ...theirs.getFinishedSpans()].map((span) => [span.spanContext().spanId, span.name]));
  const named = (spans) => spans.map((span) => span.name + ' < ' + (ids.get(span.parentSpanContext?.spanId) ?? ''));
  const result = {
    told,
    ours: named(ours.getFinishedSpans()),
    theirs: named(theirs.getFinishedSpans()),
  };
  await monitoring.shutdown();
  // What is theirs has to outlive us.
  result.after = [propagation.fields().length > 0, trace.getTracer('app').startSpan('after').isRecording(),
    context.with(context.active().setValue(Symbol.for('spec'), 1), () => context.active().getValue(Symbol.for('spec')) === 1)];
  process.stdout.write(JSON.stringify(result), () => process.exit());
`;

interface Outcome {
  /** What the diagnostic log was told. */
  readonly told: readonly string[];
  /** The spans that each exporter got, with the span that each is within. */
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
  /** After our shutdown: whether propagator, tracer provider and context manager are in place. */
  readonly after: readonly boolean[];
}

async function outcomeOf(before: string, env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const { stdout, stderr } = await runScript(program(before), env).end();
  if (!stdout.startsWith('{')) throw new Error(stderr);
  return JSON.parse(stdout) as Outcome;
}

const START = `
  const options = { metrics: { exporters: [] }, traces: { spanExporter: ours } };
  await initMonitoring(options);`;

/** The service has the same name for both, so that there is nothing to say about it. */
const NAMED = { OTEL_SERVICE_NAME: 'checkout' };
const OVERRULED =
  'warn: llm-edge-monitoring monitoring is running, but part of its configuration is not in effect:';
const ALL_THEIRS = [
  'within < chat gpt-4o',
  'chat gpt-4o < around',
  'around < ',
  'within < chat gpt-4o',
  'chat gpt-4o < ',
];

describe('beside NodeSDK', () => {
  it('leaves context, propagation and all spans to it where monitoring starts first', async () => {
    const { told, ours, theirs, after } = await outcomeOf(START, NAMED);
    expect([told, ours]).toEqual([[OVERRULED], []]);
    expect(theirs).toEqual(ALL_THEIRS);
    expect(after).toEqual([true, true, true]);
  });

  it('leaves them to it where the preload has started monitoring', async () => {
    const { told, theirs, after } = await outcomeOf(`await import('#lib/register.js');`, {
      ...NAMED,
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_TRACES_EXPORTER: 'none',
    });
    expect(told).toEqual([]);
    expect(theirs).toEqual(ALL_THEIRS);
    expect(after).toEqual([true, true, true]);
  });

  it('makes and exports its own spans with openTelemetry: own, within the spans of the other', async () => {
    const { told, ours, theirs, after } = await outcomeOf(
      START.replace('{ metrics', "{ openTelemetry: 'own', metrics"),
    );
    expect(told).toEqual([]);
    expect(ours).toEqual(['chat gpt-4o < around', 'chat gpt-4o < ']);
    expect(theirs).toEqual(['within < chat gpt-4o', 'around < ', 'within < chat gpt-4o']);
    expect(after).toEqual([true, true, true]);
  });

  it("makes no spans with traces: 'none', and leaves the user's spans in place", async () => {
    const { told, ours, theirs } = await outcomeOf(START.replace('{ spanExporter: ours }', "'none'"));
    expect([told, ours]).toEqual([[], []]);
    expect(theirs).toEqual(['within < around', 'around < ', 'within < ']);
  });

  it('says once, and how to cure it, what was refused because something was observed before', async () => {
    const { told, ours, theirs } = await outcomeOf(`${START} await observed();`, NAMED);
    expect(told.filter((line) => line.startsWith('error'))).toEqual([
      expect.stringContaining('duplicate registration of API: context'),
      expect.stringContaining('duplicate registration of API: propagation'),
    ]);
    expect(told.filter((line) => line.startsWith('warn') && line !== OVERRULED)).toEqual([
      expect.stringMatching(
        /the context manager and the propagator .* were refused.*NodeSDK\.start\(\) first/,
      ),
    ]);
    expect(ours).toEqual(['within < chat gpt-4o', 'chat gpt-4o < ']);
    expect(theirs).toEqual(ALL_THEIRS);
  });

  it('says the same where context manager and propagator were registered at the start', async () => {
    const { told } = await outcomeOf(START, { ...NAMED, LLM_EDGE_REGISTER_GLOBALS: 'context' });
    expect(told.filter((line) => line.startsWith('warn') && line !== OVERRULED)).toEqual([
      expect.stringMatching(/the context manager and the propagator .* were refused.*registerGlobals/),
    ]);
  });
});
