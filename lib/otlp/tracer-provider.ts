import { TraceFlags, type TracerProvider } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan, Sampler, SpanProcessor } from '@opentelemetry/sdk-trace';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import type { TelemetryConfig } from '../config/resolve.js';
import { loadTraces } from '../lazy.cjs';
import { TRANSPORTS } from './protocols.js';
import { createSpanQueue, type SpanEvents, type SpanQueue } from './span-queue.js';
import { copyCutValues } from './span-size.js';
import { createExporters } from './transport.js';
import { warnOfEndpoint } from './wrong-endpoint.js';

/** The TracerProvider of this package, flushed and shut down within a deadline. */
export interface TracesPipeline {
  readonly provider: TracerProvider;
  /** The number of spans that are neither exported nor dropped yet. */
  pendingSpans(): number;
  forceFlush(timeoutMillis: number): Promise<void>;
  shutdown(timeoutMillis: number): Promise<void>;
}

/** Creates the TracerProvider, and the queue from which its spans are exported. */
export function createTracesPipeline(
  config: TelemetryConfig,
  resource: Resource,
  events: SpanEvents,
): TracesPipeline {
  const sdk = loadTraces();
  const { limits } = config.traces;
  const queue = createQueue(config, events);
  const print = createPrinter(config);
  const forceFlush = async (timeoutMillis?: number): Promise<void> => queue?.forceFlush(timeoutMillis);
  const shutdown = async (timeoutMillis?: number): Promise<void> => queue?.shutdown(timeoutMillis);
  const onEnd: SpanProcessor['onEnd'] = (span) => {
    copyCutValues(span, limits.attributeValueLength);
    queue?.onEnd(span);
    print?.(span);
  };
  const provider = new sdk.TracerProvider({
    resource,
    sampler: createSampler(config.traces),
    spanProcessors: [{ onStart: () => undefined, onEnd, forceFlush, shutdown }],
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
  return { provider, pendingSpans: () => queue?.pending() ?? 0, forceFlush, shutdown };
}

/** Creates the queue, unless spans are only printed. */
function createQueue(config: TelemetryConfig, events: SpanEvents): SpanQueue | undefined {
  const { parts, traces, shutdownTimeoutMillis } = config;
  const { spanExporter } = parts;
  if (spanExporter === undefined && !traces.exporter.startsWith('otlp')) return undefined;
  // The errors of an exporter of the user are read like those of gRPC, where one without a code is final.
  const { spanExporters, createFailureReader } =
    TRANSPORTS[spanExporter === undefined ? traces.protocol : 'grpc'];
  // Capped by the deadline of the shutdown, which waits for the export in progress when it begins.
  const { timeoutMillis, batch } = traces;
  const capMillis = Math.min(timeoutMillis, batch.exportTimeoutMillis, shutdownTimeoutMillis);
  if (spanExporter === undefined) warnOfEndpoint('traces', traces);
  return createSpanQueue({
    ...batch,
    ...events,
    exporters:
      spanExporter === undefined
        ? createExporters(spanExporters(traces), capMillis)
        : createExporters(() => spanExporter, Number.POSITIVE_INFINITY),
    readFailure: createFailureReader(),
    maxQueueBytes: INPUT_LIMITS.waitingSpans.value,
    retryTimeMaxMillis: INPUT_LIMITS.retryTime.value,
    timeoutMillis: shutdownTimeoutMillis,
  });
}

/** Creates what prints each span to standard output, where the configuration wants that. */
function createPrinter({ parts, traces }: TelemetryConfig): ((span: ReadableSpan) => void) | undefined {
  if (parts.spanExporter !== undefined || !traces.exporter.endsWith('console')) return undefined;
  const exporter = new (loadTraces().ConsoleSpanExporter)();
  return (span) => {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    try {
      exporter.export([span], () => undefined);
    } catch {
      // The program has replaced the console by what throws, and is about to end this span.
    }
  };
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
