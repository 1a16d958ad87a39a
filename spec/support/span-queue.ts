import type { Attributes } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import { type ReadableSpan, type Sampler, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import { grpcTransport } from '../../lib/otlp/grpc-transport.js';
import { createSpanQueue } from '../../lib/otlp/span-queue.js';
import { createExporters } from '../../lib/otlp/transport.js';
import { createManualTimer, type ManualTimer } from './manual-timer.js';

export const OK: ExportResult = { code: ExportResultCode.SUCCESS };

/** A result as gRPC reports it. */
export function failure(code?: number, message = 'away', extra: object = {}): ExportResult {
  const error = Object.assign(new Error(message), code === undefined ? {} : { code }, extra);
  return { code: ExportResultCode.FAILED, error };
}

export const AWAY = failure(14);

type Callback = (result: ExportResult) => void;
/** What the exporter does with one export. */
export type Answer = (spans: ReadableSpan[], callback: Callback) => void;

export interface SpanQueueHarnessOptions {
  /** One result for each export in order, then none; an error is thrown. Or a function for all of them. */
  readonly answers?: readonly (ExportResult | Error)[] | Answer;
  readonly exporter?: SpanExporter;
  readonly shutdown?: () => Promise<void>;
  readonly maxQueueSize?: number;
  readonly maxQueueBytes?: number;
  readonly maxExportBatchSize?: number;
  readonly scheduledDelayMillis?: number;
  readonly exportTimeoutMillis?: number;
  readonly retryTimeMaxMillis?: number;
  readonly timeoutMillis?: number;
  readonly random?: () => number;
  readonly sampler?: Sampler;
  readonly resource?: Resource;
  /** Takes the timers of Node.js instead of the manual ones. */
  readonly realTimers?: boolean;
}

export interface SpanQueueHarness {
  readonly timer: ManualTimer;
  /** Sizes of the exports so far. */
  readonly attempts: readonly number[];
  /** The callbacks of the exports so far. */
  readonly callbacks: readonly Callback[];
  /** Spans by what became of them. */
  readonly counts: Readonly<Record<string, number>>;
  readonly shutdowns: () => number;
  readonly provider: TracerProvider;
  /** Ends spans, each with a name that no other has, and with these attributes. */
  end(count: number, attributes?: Attributes): void;
  flush(): Promise<void>;
  shutdown(timeoutMillis?: number): Promise<void>;
}

/** A tracer provider over the span queue, whose exporter follows a script and whose clock stands still. */
export function createSpanQueueHarness(options: SpanQueueHarnessOptions = {}): SpanQueueHarness {
  const { answers = [], maxQueueSize = 2048, maxExportBatchSize = 512, timeoutMillis = 5000 } = options;
  const timer = createManualTimer();
  const timers = options.realTimers === true ? {} : { setTimer: timer.setTimer, now: timer.now };
  const attempts: number[] = [];
  const callbacks: Callback[] = [];
  const counts: Record<string, number> = {};
  const add = (count: number, key: string): void => {
    counts[key] = (counts[key] ?? 0) + count;
  };
  let shutdowns = 0;
  let ended = 0;
  const script = typeof answers === 'function' ? [] : [...answers];
  const inner: SpanExporter = {
    export(spans, callback) {
      attempts.push(spans.length);
      callbacks.push(callback);
      if (options.exporter !== undefined) return options.exporter.export(spans, callback);
      if (typeof answers === 'function') return answers(spans, callback);
      const answer = script.shift();
      if (answer instanceof Error) throw answer;
      if (answer !== undefined) callback(answer);
    },
    async shutdown() {
      shutdowns++;
      await (options.exporter?.shutdown() ?? options.shutdown?.());
    },
  };
  const queue = createSpanQueue({
    exporters: createExporters(() => inner, Number.POSITIVE_INFINITY, timer.now),
    readFailure: grpcTransport.createFailureReader(),
    onSpansExported: (count) => add(count, 'exported'),
    onSpansDropped: add,
    maxQueueSize,
    maxQueueBytes: options.maxQueueBytes ?? Number.POSITIVE_INFINITY,
    maxExportBatchSize,
    scheduledDelayMillis: options.scheduledDelayMillis ?? 5000,
    exportTimeoutMillis: options.exportTimeoutMillis ?? 30_000,
    retryTimeMaxMillis: options.retryTimeMaxMillis ?? 60_000,
    timeoutMillis,
    ...timers,
    random: options.random ?? (() => 0.5),
  });
  const provider = new TracerProvider({
    spanProcessors: [queue],
    ...(options.resource === undefined ? {} : { resource: options.resource }),
    ...(options.sampler === undefined ? {} : { sampler: options.sampler }),
  });
  const tracer = provider.getTracer('spec');
  return {
    timer,
    attempts,
    callbacks,
    counts,
    shutdowns: () => shutdowns,
    provider,
    end(count, attributes = {}) {
      for (let index = 0; index < count; index++) tracer.startSpan(`span ${++ended}`, { attributes }).end();
    },
    flush: () => queue.forceFlush(),
    shutdown: (timeoutMillis) => queue.shutdown(timeoutMillis),
  };
}
