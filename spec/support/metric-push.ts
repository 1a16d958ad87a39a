import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { grpcTransport } from '../../lib/otlp/grpc-transport.js';
import { createPushExporter } from '../../lib/otlp/metric-readers.js';
import { createExporters } from '../../lib/otlp/transport.js';

const PAGE = { scopeMetrics: [] } as unknown as ResourceMetrics;
const OK: ExportResult = { code: ExportResultCode.SUCCESS };

export interface MetricPushHarness {
  /** What became of the pushes, in order. */
  readonly outcomes: readonly string[];
  push(): void;
  /** Answers the oldest push without an answer; with an error it has failed. */
  answer(error?: Error): void;
  flush(): Promise<void>;
}

/** The exporter of metrics as the SDK sees it, over one whose pushes wait until the spec answers them. */
export function createMetricPushHarness(): MetricPushHarness {
  const waiting: ((result: ExportResult) => void)[] = [];
  const outcomes: string[] = [];
  const inner: PushMetricExporter = {
    export: (_page, done) => void waiting.push(done),
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  };
  const exporter = createPushExporter(
    createExporters(() => inner, Number.POSITIVE_INFINITY),
    grpcTransport.createFailureReader(),
    (outcome) => outcomes.push(outcome),
  );
  return {
    outcomes,
    push: () => exporter.export(PAGE, () => undefined),
    answer: (error) => waiting.shift()?.(error === undefined ? OK : { code: ExportResultCode.FAILED, error }),
    flush: () => exporter.forceFlush(),
  };
}
