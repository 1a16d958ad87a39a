import { readFileSync } from 'node:fs';
import type { Resource } from '@opentelemetry/resources';
import type { SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import type { LabelValueOf } from '../catalogue/labels.js';
import type { TelemetryConfig } from '../config/config.js';
import { loadTraces, loadTracesOtlp } from '../lazy.cjs';
import { createCountingSpanProcessor } from './counting-span-processor.js';
import { grpcSettings, withoutVariables } from './grpc-settings.js';
import { createRetryingSpanExporter } from './retrying-span-exporter.js';
import { createSampler } from './sampler.js';

/** Why a span was lost. */
export type SpanDropReason = LabelValueOf<'llm_edge_monitoring_spans_dropped_total', 'reason'>;

/** Told of what became of spans. */
export interface SpanEvents {
  readonly onSpansExported: (count: number) => void;
  readonly onSpansDropped: (count: number, reason: SpanDropReason) => void;
}

/** What an attempt gets beyond the exporter's own deadline, which should be the one that ends it. */
const ATTEMPT_GRACE_MILLIS = 1000;
/** As long as a Collector tries by default before it gives a batch up. */
const RETRY_TIME_MAX_MILLIS = INPUT_LIMITS.retryTime.value;
/** Part of the shutdown's time that the last flush may take; the rest is for closing. */
const FLUSH_SHARE = 0.7;

function readIfGiven(file: string | undefined): Buffer | undefined {
  return file === undefined ? undefined : readFileSync(file);
}

function createOtlpExporter({ traces }: TelemetryConfig): SpanExporter {
  const { otlp, grpc } = loadTracesOtlp();
  const { certificateFile, clientKeyFile, clientCertificateFile } = traces;
  const isCertified =
    traces.endpoint.startsWith('https:') && (certificateFile ?? clientKeyFile) !== undefined;
  const credentials = isCertified
    ? grpc.createSslCredentials(
        readIfGiven(certificateFile),
        readIfGiven(clientKeyFile),
        readIfGiven(clientCertificateFile),
      )
    : undefined;
  return withoutVariables(() => new otlp.OTLPTraceExporter(grpcSettings(grpc, traces, credentials)));
}

/** Makes the TracerProvider. */
export function createTracesPipeline(
  config: TelemetryConfig,
  resource: Resource,
  events: SpanEvents,
): TracerProvider {
  const usersExporter = config.parts.spanExporter;
  const sdk = loadTraces();
  const { batch, limits } = config.traces;
  const exporter = createRetryingSpanExporter(usersExporter ?? createOtlpExporter(config), {
    retryTimeMaxMillis: RETRY_TIME_MAX_MILLIS,
    // What waits counts to the queue, whose size is the bound; a batch that the queue held must not be refused here.
    heldSpansMax: batch.maxQueueSize + batch.maxExportBatchSize,
    attemptTimeoutMillis: config.traces.timeoutMillis + ATTEMPT_GRACE_MILLIS,
    onExported: events.onSpansExported,
    onDropped: events.onSpansDropped,
    flushTimeoutMillis: config.shutdownTimeoutMillis,
  });
  const processor = createCountingSpanProcessor({
    exporter,
    maxQueueSize: batch.maxQueueSize,
    createProcessor: (inner) => new sdk.BatchSpanProcessor({ ...batch, exporter: inner }),
    onDropped: events.onSpansDropped,
    shutdownTimeoutMillis: config.shutdownTimeoutMillis * FLUSH_SHARE,
  });
  return new sdk.TracerProvider({
    resource,
    sampler: createSampler(sdk, config.traces),
    spanProcessors: [processor],
    spanLimits: {
      attributeValueLengthLimit: limits.attributeValueLength,
      attributeCountLimit: limits.attributeCount,
      eventCountLimit: limits.eventCount,
      linkCountLimit: limits.linkCount,
      attributePerEventCountLimit: limits.attributePerEventCount,
      attributePerLinkCountLimit: limits.attributePerLinkCount,
    },
  });
}
