// Starts what its argument names and prints how long that took, in milliseconds.
const [what] = process.argv.slice(2);

async function ours(withTraces: boolean): Promise<void> {
  const { initMonitoring } = await import('llm-edge-monitoring');
  await initMonitoring({ metrics: { port: 0 }, traces: { exporter: withTraces ? 'otlp' : 'none' } });
}

/** The same with the bare packages: one Resource, a scrape port that listens, spans over OTLP gRPC. */
async function otel(withTraces: boolean): Promise<void> {
  const api = await import('@opentelemetry/api');
  const { defaultResource, resourceFromAttributes } = await import('@opentelemetry/resources');
  const { MeterProvider } = await import('@opentelemetry/sdk-metrics');
  const { PrometheusExporter } = await import('@opentelemetry/exporter-prometheus');
  const { AsyncLocalStorageContextManager } = await import('@opentelemetry/context-async-hooks');
  const resource = defaultResource().merge(resourceFromAttributes({ 'service.name': 'bench' }));
  const exporter = new PrometheusExporter({ preventServerStart: true, host: '127.0.0.1' });
  api.metrics.setGlobalMeterProvider(new MeterProvider({ resource, readers: [exporter] }));
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  if (withTraces) {
    const { BatchSpanProcessor, TracerProvider } = await import('@opentelemetry/sdk-trace');
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-grpc');
    const spanProcessors = [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })];
    api.trace.setGlobalTracerProvider(new TracerProvider({ resource, spanProcessors }));
  }
  await exporter.startServer();
}

const STARTS: Readonly<Record<string, () => Promise<void>>> = {
  'ours.metrics': () => ours(false),
  'ours.traces': () => ours(true),
  'otel.metrics': () => otel(false),
  'otel.traces': () => otel(true),
};

const startedAt = performance.now();
const cpuAtStart = process.cpuUsage();
await STARTS[what ?? '']?.();
const { user, system } = process.cpuUsage(cpuAtStart);
process.stdout.write(
  JSON.stringify({ wallMs: performance.now() - startedAt, cpuMs: (user + system) / 1000 }),
);
process.exit(0);
