import { metrics } from '@opentelemetry/api';
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace';
import type { MonitoringOptions } from '../../lib/options.js';
import { resolveConfig } from '../../lib/resolve-config.js';
import { startTelemetry } from '../../lib/telemetry/telemetry.js';

function start(options: MonitoringOptions, onPush: (outcome: string) => void = () => undefined) {
  const result = resolveConfig(options, {});
  if (!result.ok) throw result.error;
  return startTelemetry(result.value, {
    onSpansExported: () => undefined,
    onSpansDropped: () => undefined,
    onPush,
  });
}

describe('startTelemetry()', () => {
  it('hands one and the same Resource object to metrics and spans', async () => {
    const exporter = new InMemorySpanExporter();
    const telemetry = start({ traces: { spanExporter: exporter } });
    metrics.getMeter('spec').createCounter('c').add(1);
    telemetry.tracerProvider.getTracer('spec').startSpan('s').end();
    const collected = await telemetry.scrapeReader?.collect();
    await telemetry.forceFlush();
    expect(collected?.resourceMetrics.resource).toBe(telemetry.resource);
    expect(exporter.getFinishedSpans()[0]?.resource).toBe(telemetry.resource);
    await telemetry.shutdown();
    telemetry.release();
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
    metrics.getMeter('spec').createCounter('c').add(7);
    await expect(telemetry.forceFlush()).rejects.toThrow(/UNAVAILABLE|DEADLINE_EXCEEDED|in time/);
    const collected = await telemetry.scrapeReader?.collect();
    const points = collected?.resourceMetrics.scopeMetrics[0]?.metrics[0]?.dataPoints;
    expect(points?.map(({ value }) => value)).toEqual([7]);
    await expect(telemetry.shutdown()).rejects.toThrow(/UNAVAILABLE|DEADLINE_EXCEEDED|in time/);
    telemetry.release();
    expect(new Set(outcomes)).toEqual(new Set(['failed']));
  });
});
