import { type Attributes, type Context, context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, type SpanExporter } from '@opentelemetry/sdk-trace';
import { MonitoringError } from '../../lib/errors.js';
import type { MonitoringOptions } from '../../lib/index.js';
import type * as Lazy from '../../lib/lazy.cjs';
import { initMonitoring } from '../../lib/monitoring/init.js';
import { resolveConfig } from '../../lib/monitoring/resolve-config.js';
import { startTelemetry } from '../../lib/otlp/telemetry.js';

function start(
  options: MonitoringOptions,
  onPush: (outcome: string) => void = () => undefined,
  onSpansDropped: (count: number, reason: string) => void = () => undefined,
) {
  const result = resolveConfig(options, {});
  if (!result.ok) throw result.error;
  return startTelemetry(result.value, {
    onSpansExported: () => undefined,
    onSpansDropped,
    onPush,
    onWarning: () => undefined,
  });
}

describe('startTelemetry()', () => {
  it('hands one and the same Resource object to metrics and spans', async () => {
    const exporter = new InMemorySpanExporter();
    const telemetry = start({ traces: { spanExporter: exporter } });
    telemetry.meterProvider.getMeter('spec').createCounter('c').add(1);
    telemetry.tracerProvider.getTracer('spec').startSpan('s').end();
    const collected = await telemetry.scrapeReader?.collect();
    await telemetry.forceFlush();
    expect(collected?.resourceMetrics.resource).toBe(telemetry.resource);
    expect(exporter.getFinishedSpans()[0]?.resource).toBe(telemetry.resource);
    await telemetry.shutdown();
    telemetry.release();
  });

  it('makes the records of its own meters in the root context', async () => {
    const own = start({ traces: { exporter: 'none' } });
    expect(own.recordContext).toBe(ROOT_CONTEXT);
    await own.shutdown();
    own.release();
  });

  it('leaves the active context to the views of a user', async () => {
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

  it('is scraped all the same while pushes fail, and tells of them when it flushes and stops', async () => {
    const outcomes: string[] = [];
    const telemetry = start(
      {
        metrics: {
          exporters: ['prometheus', 'otlp'],
          endpoint: 'http://127.0.0.1:1',
          exportTimeoutMillis: 50,
        },
        traces: { exporter: 'none' },
      },
      (outcome) => outcomes.push(outcome),
    );
    telemetry.meterProvider.getMeter('spec').createCounter('c').add(7);
    await expect(telemetry.forceFlush()).rejects.toThrow(/UNAVAILABLE|DEADLINE_EXCEEDED|in time/);
    const collected = await telemetry.scrapeReader?.collect();
    const points = collected?.resourceMetrics.scopeMetrics[0]?.metrics[0]?.dataPoints;
    expect(points?.map(({ value }) => value)).toEqual([7]);
    await expect(telemetry.shutdown()).rejects.toThrow(/UNAVAILABLE|DEADLINE_EXCEEDED|in time/);
    telemetry.release();
    expect(new Set(outcomes)).toEqual(new Set(['failed']));
  });

  it('leaves nothing running where spans cannot be exported', async () => {
    const shutdown = jest.spyOn(MeterProvider.prototype, 'shutdown');
    jest
      .spyOn(jest.requireActual<typeof Lazy>('../../lib/lazy.cjs'), 'loadTracesPipeline')
      .mockImplementation(() => {
        throw new Error('no such file');
      });
    expect(() => start({})).toThrow(MonitoringError);
    expect(shutdown).toHaveBeenCalledTimes(1);
  });

  it('holds as many spans of an outage as the queue may have', async () => {
    const counts: Record<string, number> = {};
    const away: SpanExporter = {
      export: (_spans, done) => done({ code: 1, error: Object.assign(new Error('away'), { code: 14 }) }),
      shutdown: async () => undefined,
    };
    const telemetry = start(
      { traces: { spanExporter: away, batch: { maxQueueSize: 6000 } }, shutdownTimeoutMillis: 50 },
      undefined,
      (count, reason) => {
        counts[reason] = (counts[reason] ?? 0) + count;
      },
    );
    const tracer = telemetry.tracerProvider.getTracer('spec');
    for (let batch = 0; batch < 16; batch += 1) {
      for (let index = 0; index < 512; index += 1) tracer.startSpan('s').end();
      await new Promise(setImmediate);
    }
    expect(counts).toEqual({ queue_full: 16 * 512 - 6000 });
    await telemetry.shutdown().catch(() => undefined);
    telemetry.release();
    expect(counts).toEqual({ queue_full: 16 * 512 - 6000, export_failed: 6000 });
  });
});
