import {
  type Attributes,
  type Context,
  context,
  createContextKey,
  ROOT_CONTEXT,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, type SpanExporter } from '@opentelemetry/sdk-trace';
import { initMonitoring, recordCacheHit } from '../../lib/index.js';
import { collectGarbageUntil } from '../support/collect-garbage.js';
import { startOtlpReceiver } from '../support/otlp-receiver.js';
import { labelsOf, scrape } from '../support/scrape.js';
import { withEnv } from '../support/with-env.js';

describe('the providers', () => {
  it('share one Resource', async () => {
    const spanExporter = new InMemorySpanExporter();
    const monitoring = await initMonitoring({
      serviceName: 'edge',
      resourceAttributes: { team: 'payments' },
      metrics: { port: 0 },
      traces: { spanExporter },
    });
    trace.getTracer('spec').startSpan('s').end();
    await monitoring.forceFlush();
    const resource = spanExporter.getFinishedSpans()[0]?.resource.attributes ?? {};
    const target = Object.keys(await scrape(monitoring.metricsUrl)).find((key) =>
      key.startsWith('target_info'),
    );
    await monitoring.shutdown();
    const labels = Object.entries(resource).map(([name, value]) => [name.replaceAll('.', '_'), value]);
    expect(labelsOf(target ?? '')).toEqual(Object.fromEntries(labels));
    expect(resource).toMatchObject({ 'service.name': 'edge', team: 'payments' });
    expect(resource['service.instance.id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('leave the active context to the views of a user', async () => {
    const tenants: unknown[] = [];
    const key = createContextKey('tenant');
    const process = (attributes: Attributes, active?: Context) => {
      tenants.push(active?.getValue(key));
      return attributes;
    };
    const meterProvider = new MeterProvider({
      readers: [new PrometheusExporter({ preventServerStart: true })],
      views: [{ instrumentName: 'llm_edge_request_duration_ms', attributesProcessors: [{ process }] }],
    });
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const monitoring = await initMonitoring({ meterProvider, traces: { exporter: 'none' } });
    context.with(ROOT_CONTEXT.setValue(key, 'acme'), () =>
      monitoring.recordRequestSuccess('openai', 'gpt-4o', 1),
    );
    await monitoring.shutdown();
    await meterProvider.shutdown();
    context.disable();
    expect(tenants).toEqual(['acme']);
  });

  it('are scraped all the same while pushes fail, which a flush and the stop tell', async () => {
    const monitoring = await initMonitoring({
      metrics: {
        exporters: ['prometheus', 'otlp'],
        port: 0,
        endpoint: 'http://127.0.0.1:1',
        exportTimeoutMillis: 50,
      },
      traces: { exporter: 'none' },
    });
    recordCacheHit('L1');
    await expect(monitoring.forceFlush()).rejects.toThrow(/UNAVAILABLE|DEADLINE_EXCEEDED|in time/);
    const samples = await scrape(monitoring.metricsUrl);
    await expect(monitoring.shutdown()).rejects.toThrow(/UNAVAILABLE|DEADLINE_EXCEEDED|in time/);
    expect(samples).toMatchObject({
      'llm_edge_cache_hits_total{tier="L1"}': 1,
      'llm_edge_monitoring_pushes_total{outcome="failed"}': 1,
      'llm_edge_monitoring_pushes_total{outcome="success"}': 0,
    });
  });

  it('leave nothing running where spans cannot be exported', async () => {
    const shutdown = jest.spyOn(MeterProvider.prototype, 'shutdown');
    // A file that is there, and neither a key nor a certificate.
    const traces = {
      endpoint: 'https://127.0.0.1:1',
      clientKeyFile: __filename,
      clientCertificateFile: __filename,
    };
    await expect(initMonitoring({ metrics: { port: 0 }, traces })).rejects.toMatchObject({
      code: 'ERR_INVALID_CONFIG',
    });
    expect(shutdown).toHaveBeenCalledTimes(1);
  });

  it('hold as many spans of an outage as the queue may have', async () => {
    const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 3_600_000 });
    const meterProvider = new MeterProvider({ readers: [reader] });
    const dropped = async () => {
      metrics.reset();
      await meterProvider.forceFlush();
      const [{ scopeMetrics } = { scopeMetrics: [] }] = metrics.getMetrics();
      return scopeMetrics
        .flatMap((scope) => scope.metrics)
        .filter(({ descriptor }) => descriptor.name === 'llm_edge_monitoring_spans_dropped_total')
        .flatMap(({ dataPoints }) => dataPoints.map(({ attributes, value }) => [attributes['reason'], value]))
        .filter(([, value]) => value !== 0);
    };
    const away: SpanExporter = {
      export: (_spans, done) => done({ code: 1, error: Object.assign(new Error('away'), { code: 14 }) }),
      shutdown: async () => undefined,
    };
    const monitoring = await initMonitoring({
      meterProvider,
      traces: { spanExporter: away, batch: { maxQueueSize: 6000 } },
      shutdownTimeoutMillis: 50,
    });
    const tracer = trace.getTracer('spec');
    for (let batch = 0; batch < 16; batch += 1) {
      for (let index = 0; index < 512; index += 1) tracer.startSpan('s').end();
      await new Promise(setImmediate);
    }
    expect(await dropped()).toEqual([['queue_full', 16 * 512 - 6000]]);
    await monitoring.shutdown().catch(() => undefined);
    await meterProvider.shutdown();
  });

  it('hold no more of a long value than they cut from it', async () => {
    const spanExporter: SpanExporter = { export: () => undefined, shutdown: async () => undefined };
    const monitoring = await initMonitoring({
      shutdownTimeoutMillis: 10,
      metrics: { exporters: [] },
      traces: { spanExporter },
    });
    const heapBytes = async (): Promise<number> => {
      await collectGarbageUntil(() => false, 2);
      return process.memoryUsage().heapUsed;
    };
    const before = await heapBytes();
    for (let index = 0; index < 50; index++) {
      const text = 'long '.repeat(500_000) + index;
      const span = trace.getTracer('spec').startSpan('s', { attributes: { text, texts: [text] } });
      span.addEvent('e', { text }).end();
    }
    expect((await heapBytes()) - before).toBeLessThan(50_000_000);
    await monitoring.shutdown().catch(() => undefined);
  });

  it('end spans where a neighbour has extended a prototype', async () => {
    const spanExporter = new InMemorySpanExporter();
    const monitoring = await initMonitoring({ metrics: { exporters: [] }, traces: { spanExporter } });
    // An array within itself, to whoever follows inherited members.
    Object.defineProperty(Object.prototype, 'neighbour', { value: [], enumerable: true, configurable: true });
    try {
      trace
        .getTracer('spec')
        .startSpan('s', { attributes: { list: ['a'] } })
        .end();
    } finally {
      Reflect.deleteProperty(Object.prototype, 'neighbour');
    }
    await monitoring.forceFlush();
    expect(spanExporter.getFinishedSpans().map(({ name }) => name)).toEqual(['s']);
    await monitoring.shutdown();
  });

  it('send the headers of the options and of the variable of the signal, and no others', async () => {
    const receiver = await startOtlpReceiver();
    const variables = {
      OTEL_EXPORTER_OTLP_HEADERS: 'x-from=all,x-other=all',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-from=signal,x-signal=traces',
      OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'x-from=signal,x-signal=metrics',
    };
    await withEnv(variables, async () => {
      const connection = { endpoint: receiver.endpoint, headers: { 'x-from': 'options' } };
      const monitoring = await initMonitoring({
        metrics: { exporters: ['otlp'], ...connection },
        traces: connection,
      });
      trace.getTracer('spec').startSpan('s').end();
      await monitoring.forceFlush();
      await monitoring.shutdown();
      expect(process.env).toMatchObject(variables);
    });
    await receiver.close();
    const sent = receiver.requests.map(({ signal, headers }) => [
      signal,
      headers['x-from'],
      headers['x-signal'],
      headers['x-other'],
    ]);
    expect(sent).toContainEqual(['traces', 'options', 'traces', undefined]);
    expect(sent).toContainEqual(['metrics', 'options', 'metrics', undefined]);
    expect(new Set(sent.map((request) => request.join())).size).toBe(2);
  });
});
