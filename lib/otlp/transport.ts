import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { TelemetryConfig } from '../config/resolve.js';

/** Why an export failed, in the terms of OTLP. */
export interface ExportFailure {
  /** Name or number of the status, from a small set: the diagnostic log has one line for each. */
  readonly reason: string;
  /** Text for people. */
  readonly message: string;
  /** Whether the same export may succeed later. */
  readonly retryable: boolean;
  /** How long the Collector asks to wait before the next attempt. */
  readonly delayMillis?: number | undefined;
  /** Whether the message exceeded the size that the Collector, or the client, takes. */
  readonly tooLarge: boolean;
  /** What the exporter reported. */
  readonly error: unknown;
}

/** `ExportResultCode.SUCCESS`, whose package would be loaded with this one. */
export const EXPORT_SUCCESS = 0;

/** Makes an exporter each of whose exports ends after the given time at the latest. */
export type CreateExporter<Exporter> = (timeoutMillis: number) => Exporter;

/** One way to send OTLP. Adding a transport means adding a file that makes one of these. */
export interface Transport {
  spanExporters(traces: TelemetryConfig['traces']): CreateExporter<SpanExporter>;
  metricExporters(metrics: TelemetryConfig['metrics']): CreateExporter<PushMetricExporter>;
  /** Reads the error that an export was answered with; never throws. */
  readFailure(error: unknown): ExportFailure;
}

interface Closable {
  forceFlush?(): Promise<void>;
  shutdown(): Promise<void>;
}

/** The exporters of one signal: one while the process lives, and more for the short exports at its end. */
export interface Exporters<Exporter> {
  /** The exporter to use for an export that begins now. */
  current(): Exporter;
  /** From now on exports must end before this time, on the clock of `now`. */
  endBy(endsAt: number): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** Part of the time left that one export may take, so that it can be used for several. */
const EXPORT_SHARE = 0.7;

/**
 * Keeps each export of a signal within its time. An exporter of OpenTelemetry takes its timeout when it is made, and an
 * export under way cannot be cancelled: with a Collector that accepts connections and stays silent it would hold the
 * process until then. So an export that begins when less time is left gets an exporter with a shorter timeout, which
 * shares the connection. There are few of them, because each may take only a part of the time left.
 */
export function createExporters<Exporter extends Closable>(
  create: CreateExporter<Exporter>,
  timeoutMillis: number,
  now: () => number = () => performance.now(),
): Exporters<Exporter> {
  let exporter = create(timeoutMillis);
  let exporterTimeoutMillis = timeoutMillis;
  let endsAt = Number.POSITIVE_INFINITY;
  const all = new Set([exporter]);
  return {
    current() {
      const leftMillis = endsAt - now();
      if (exporterTimeoutMillis > leftMillis) {
        exporterTimeoutMillis = Math.max(1, leftMillis * EXPORT_SHARE);
        exporter = create(exporterTimeoutMillis);
        all.add(exporter);
      }
      return exporter;
    },
    endBy(time) {
      endsAt = time;
    },
    async forceFlush() {
      await Promise.all([...all].map((each) => each.forceFlush?.()));
    },
    async shutdown() {
      await Promise.all([...all].map((each) => each.shutdown()));
    },
  };
}
