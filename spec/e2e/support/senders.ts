import type { Attributes, Meter, Tracer } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

/** What one process of a service sends. */
export interface SpanSender {
  readonly tracer: Tracer;
  /** Resolves when the Collector has accepted all spans; rejects when it has not. */
  flush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** Sends spans over OTLP gRPC to `target`, which is `host:port`. */
export function createSpanSender(target: string, resource: Attributes): SpanSender {
  const provider = new TracerProvider({
    resource: resourceFromAttributes(resource),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url: `http://${target}` }),
        maxQueueSize: 100_000,
      }),
    ],
  });
  return {
    tracer: provider.getTracer('e2e'),
    flush: () => provider.forceFlush(),
    shutdown: () => provider.shutdown(),
  };
}

/** What one process of a service measures. */
export interface MetricSender {
  readonly meter: Meter;
  flush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** Sends metrics over OTLP gRPC to `target`, which is `host:port`, on every flush. */
export function createMetricSender(target: string, resource: Attributes): MetricSender {
  const provider = new MeterProvider({
    resource: resourceFromAttributes(resource),
    readers: [
      new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter({ url: `http://${target}` }),
        exportIntervalMillis: 3_600_000,
      }),
    ],
  });
  return {
    meter: provider.getMeter('e2e'),
    flush: () => provider.forceFlush(),
    shutdown: () => provider.shutdown(),
  };
}
