import type { TracerProvider } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { Sampler, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import type { TelemetryConfig } from '../config/resolve.js';
import { loadTraces } from '../lazy.cjs';
import { grpcTransport } from './grpc-transport.js';
import { createSpanQueue, type SpanEvents } from './span-queue.js';
import { copyCutValues } from './span-size.js';
import { createExporters, type Exporters } from './transport.js';

/** The TracerProvider of this package, flushed and shut down within a deadline. */
export interface TracesPipeline {
  readonly provider: TracerProvider;
  forceFlush(timeoutMillis: number): Promise<void>;
  shutdown(timeoutMillis: number): Promise<void>;
}

/** Creates the TracerProvider and the queue from which its spans are exported. */
export function createTracesPipeline(
  config: TelemetryConfig,
  resource: Resource,
  events: SpanEvents,
): TracesPipeline {
  const sdk = loadTraces();
  const { batch, limits } = config.traces;
  const queue = createSpanQueue({
    ...batch,
    ...events,
    exporters: createSpanExporters(config),
    readFailure: grpcTransport.readFailure,
    maxQueueBytes: INPUT_LIMITS.waitingSpans.value,
    retryTimeMaxMillis: INPUT_LIMITS.retryTime.value,
    timeoutMillis: config.shutdownTimeoutMillis,
  });
  const onEnd: SpanProcessor['onEnd'] = (span) => {
    copyCutValues(span, limits.attributeValueLength);
    queue.onEnd(span);
  };
  const provider = new sdk.TracerProvider({
    resource,
    sampler: createSampler(config.traces),
    spanProcessors: [{ ...queue, onEnd }],
    spanLimits: {
      attributeValueLengthLimit: limits.attributeValueLength,
      attributeCountLimit: limits.attributeCount,
      eventCountLimit: limits.eventCount,
      linkCountLimit: limits.linkCount,
      attributePerEventCountLimit: limits.attributePerEventCount,
      attributePerLinkCountLimit: limits.attributePerLinkCount,
    },
  });
  // Flush and shutdown bypass the provider, which takes no deadline and has only the queue to flush and shut down.
  return { provider, forceFlush: queue.forceFlush, shutdown: queue.shutdown };
}

function createSpanExporters({
  parts,
  traces,
  shutdownTimeoutMillis,
}: TelemetryConfig): Exporters<SpanExporter> {
  const { spanExporter } = parts;
  if (spanExporter !== undefined) return createExporters(() => spanExporter, Number.POSITIVE_INFINITY);
  // Capped by the deadline of the shutdown, which waits for the export in progress when it begins.
  const { timeoutMillis, batch } = traces;
  return createExporters(
    grpcTransport.spanExporters(traces),
    Math.min(timeoutMillis, batch.exportTimeoutMillis, shutdownTimeoutMillis),
  );
}

/** Creates the sampler with a name of OpenTelemetry's specification. `sdk-trace` does not read the environment. */
function createSampler(traces: TelemetryConfig['traces']): Sampler {
  const sdk = loadTraces();
  const roots = {
    always_on: () => new sdk.AlwaysOnSampler(),
    always_off: () => new sdk.AlwaysOffSampler(),
    traceidratio: () => new sdk.TraceIdRatioBasedSampler(traces.samplerRatio),
  };
  switch (traces.sampler) {
    case 'parentbased_always_on':
      return new sdk.ParentBasedSampler({ root: roots.always_on() });
    case 'parentbased_always_off':
      return new sdk.ParentBasedSampler({ root: roots.always_off() });
    case 'parentbased_traceidratio':
      return new sdk.ParentBasedSampler({ root: roots.traceidratio() });
    default:
      return roots[traces.sampler]();
  }
}
