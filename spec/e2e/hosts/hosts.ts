/** The SDK line of a host, of ours, or of both: `2.x` runs on Node.js 20, anything with `3.x` on Node.js 24. */
export type Line = 2 | 3;

/** Spans, each with its parent: `chat m < answer`. */
type Spans = readonly string[];

/** What becomes of the spans of a program: `checkout`, a span of the user; in it `answer`, an operation that is observed
 * by this package; in it `chat m`, an observed call of a model; and `POST`, the same call seen by an instrumentation of
 * the HTTP client.
 */
export interface Shares {
  /** What the backend of the other SDK gets. */
  readonly theirs: Spans;
  /** What our Collector gets. */
  readonly ours: Spans;
  /** The span that the one `traceparent` of the call names. */
  readonly sent: string;
}

/** Another SDK in the program. */
export interface Host {
  readonly title: string;
  readonly lines: readonly Line[];
  /** With the default of the option `openTelemetry`, in any order, format and line. */
  readonly shared: Shares;
  /** With `openTelemetry: 'own'`. */
  readonly own: Shares;
  /** Options of `traces` that `own` needs here, as JavaScript. */
  readonly ownTraces?: string;
  /** For the reader of the documents: what the columns do not say. */
  readonly note?: string;
  /**
   * JavaScript that starts it, in an async function: `load(name)` is `import` or `require`, `url` the backend. It
   * returns what sends the rest.
   */
  readonly start: string;
}

/** A span of the user or of an instrumentation that the other SDK makes and does not export. */
const HIDDEN = 'a span that was not exported';
const OURS: Spans = ['answer < checkout', 'chat m < answer'];
const THEIRS: Spans = ['POST < chat m', 'checkout <'];
const ALL_WITH_THEM: Shares = { theirs: [...THEIRS, ...OURS].sort(), ours: [], sent: 'POST' };
const APART: Shares = { theirs: THEIRS, ours: OURS, sent: 'POST' };

const OTLP_SDK = `
  const { NodeSDK } = await load('@opentelemetry/sdk-node');
  const { UndiciInstrumentation } = await load('@opentelemetry/instrumentation-undici');`;

const sentry = (options: string): string => `
  const Sentry = await load('@sentry/node');
  Sentry.init({ dsn: url.replace('//', '//key@') + '/1', ${options} });
  return () => Sentry.flush();`;

export const HOSTS = {
  nodeSdk: {
    title: 'NodeSDK',
    lines: [2, 3],
    shared: ALL_WITH_THEM,
    own: APART,
    start: `${OTLP_SDK}
  const sdk = new NodeSDK({ instrumentations: [new UndiciInstrumentation()] });
  sdk.start();
  return () => sdk.shutdown();`,
  },
  auto: {
    title: '`@opentelemetry/auto-instrumentations-node/register`',
    lines: [2, 3],
    shared: ALL_WITH_THEM,
    own: APART,
    start: `
  await load('@opentelemetry/auto-instrumentations-node/register');
  const { trace } = await load('@opentelemetry/api');
  return () => trace.getTracerProvider().getDelegate().forceFlush();`,
  },
  sentryErrors: {
    title: 'Sentry 10, errors only',
    lines: [2],
    shared: { theirs: [], ours: [], sent: HIDDEN },
    own: { theirs: [], ours: [`answer < ${HIDDEN}`, 'chat m < answer'], sent: 'chat m' },
    ownTraces: "sampler: 'always_on'",
    note:
      'Without `tracesSampleRate` Sentry registers a provider that makes no spans, so that nobody exports ours. ' +
      "`openTelemetry: 'own'` with `traces: { sampler: 'always_on' }` exports them: the default sampler follows " +
      'the parent, and all spans of Sentry are unsampled.',
    start: sentry(''),
  },
  sentryTracing: {
    title: 'Sentry 10 with tracing',
    lines: [2],
    shared: { ...ALL_WITH_THEM, sent: 'chat m' },
    own: { theirs: ['checkout <'], ours: OURS, sent: 'chat m' },
    note:
      'Sentry sends no `traceparent` by default, so that the one of `propagate: true` names our span. With `own`, ' +
      'its span of the HTTP call is lost, because Sentry exports it only below a span that it exports.',
    start: sentry('tracesSampleRate: 1'),
  },
  openLlmetry: {
    title: 'OpenLLMetry',
    lines: [2],
    shared: { theirs: [...OURS, 'checkout <'], ours: [], sent: 'chat m' },
    own: { theirs: ['checkout <'], ours: OURS, sent: 'chat m' },
    note: 'It exports the spans of every tracer, not only of its own.',
    start: `
  const traceloop = await load('@traceloop/node-server-sdk');
  const options = { apiKey: 'key', baseUrl: url, traceloopSyncEnabled: false, silenceInitializationMessage: true };
  traceloop.initialize(options);
  return () => traceloop.forceFlush();`,
  },
  langfuse: {
    title: 'Langfuse (NodeSDK with `LangfuseSpanProcessor`)',
    lines: [2],
    shared: { theirs: [`chat m < ${HIDDEN}`], ours: [], sent: HIDDEN },
    own: { theirs: [], ours: [`answer < ${HIDDEN}`, 'chat m < answer'], sent: HIDDEN },
    note:
      'Its processor exports only spans with `gen_ai.*` attributes and its own; `shouldExportSpan: () => true` lets ' +
      'the others, and so the parents, through.',
    start: `${OTLP_SDK}
  const { LangfuseSpanProcessor } = await load('@langfuse/otel');
  const processor = new LangfuseSpanProcessor({ publicKey: 'key', secretKey: 'secret', baseUrl: url });
  const sdk = new NodeSDK({ spanProcessors: [processor], instrumentations: [new UndiciInstrumentation()] });
  sdk.start();
  return () => sdk.shutdown();`,
  },
} as const satisfies Record<string, Host>;
