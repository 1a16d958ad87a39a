/** The SDK line of a host, of ours, or of both: `2.x` runs on Node.js 20, anything with `3.x` on Node.js 24. */
export type Line = 2 | 3;

/** Another SDK in the program. */
export interface Host {
  readonly title: string;
  readonly lines: readonly Line[];
  /**
   * JavaScript that starts it, in an async function: `load(name)` is `import` or `require`, `url` the backend. It
   * returns what sends the rest.
   */
  readonly start: string;
}

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
    start: `${OTLP_SDK}
  const sdk = new NodeSDK({ instrumentations: [new UndiciInstrumentation()] });
  sdk.start();
  return () => sdk.shutdown();`,
  },
  auto: {
    title: '`@opentelemetry/auto-instrumentations-node/register`',
    lines: [2, 3],
    start: `
  await load('@opentelemetry/auto-instrumentations-node/register');
  const { trace } = await load('@opentelemetry/api');
  return () => trace.getTracerProvider().getDelegate().forceFlush();`,
  },
  sentryErrors: {
    title: 'Sentry 10, errors only',
    lines: [2],
    start: sentry(''),
  },
  sentryTracing: {
    title: 'Sentry 10 with tracing',
    lines: [2],
    start: sentry('tracesSampleRate: 1'),
  },
  openLlmetry: {
    title: 'OpenLLMetry',
    lines: [2],
    start: `
  const traceloop = await load('@traceloop/node-server-sdk');
  const options = { apiKey: 'key', baseUrl: url, traceloopSyncEnabled: false, silenceInitializationMessage: true };
  traceloop.initialize(options);
  return () => traceloop.forceFlush();`,
  },
  langfuse: {
    title: 'Langfuse (NodeSDK with `LangfuseSpanProcessor`)',
    lines: [2],
    start: `${OTLP_SDK}
  const { LangfuseSpanProcessor } = await load('@langfuse/otel');
  const processor = new LangfuseSpanProcessor({ publicKey: 'key', secretKey: 'secret', baseUrl: url });
  const sdk = new NodeSDK({ spanProcessors: [processor], instrumentations: [new UndiciInstrumentation()] });
  sdk.start();
  return () => sdk.shutdown();`,
  },
} as const satisfies Record<string, Host>;
