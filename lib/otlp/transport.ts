import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { TelemetryConfig } from '../config/resolve.js';
import { logger } from '../logger.js';

/** Why an export failed, in the terms of OTLP. */
export interface ExportFailure {
  /** Name or number of the status, from a small set: the diagnostic log has one line for each. */
  readonly reason: string;
  /** Intended for people; it may change. */
  readonly message: string;
  /** Whether the same export may succeed later. */
  readonly retryable: boolean;
  /** Delay before the next attempt that the Collector demands. */
  readonly delayMillis?: number | undefined;
  /** Whether the message exceeded the size limit of the Collector or of the client. */
  readonly tooLarge: boolean;
  /** The error that the exporter reported. */
  readonly error: unknown;
}

/** `ExportResultCode.SUCCESS`, copied so that its package is not loaded with this one. */
export const EXPORT_SUCCESS = 0;

/** Creates an exporter whose exports end after the given time at the latest. */
export type CreateExporter<Exporter> = (timeoutMillis: number) => Exporter;

/** The settings of a connection to a Collector, which both signals have. */
export interface Connection {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'none' | 'gzip';
  readonly certificateFile: string | undefined;
  readonly clientKeyFile: string | undefined;
  readonly clientCertificateFile: string | undefined;
}

/** The exporters' numbers, copied because their enum is in a package that is not a dependency of this one. */
export const PREFERENCES = { delta: 0, cumulative: 1, lowmemory: 2 } as const;

/** One way to send OTLP. A new transport needs one file that creates an object of this type. */
export interface Transport {
  spanExporters(traces: TelemetryConfig['traces']): CreateExporter<SpanExporter>;
  metricExporters(metrics: TelemetryConfig['metrics']): CreateExporter<PushMetricExporter>;
  /** Creates what reads the errors of the exports of one signal; it never throws. */
  createFailureReader(): (error: unknown) => ExportFailure;
}

interface Closable {
  forceFlush?(): Promise<void>;
  shutdown(): Promise<void>;
}

/** The exporters of one signal: one for most of the process's life, and more with shorter timeouts at its end. */
export interface Exporters<Exporter> {
  /** The exporter to use for an export that begins now. */
  current(): Exporter;
  /** Makes later exports end before this time, on the clock of `now`. */
  endBy(endsAt: number): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** Share of the remaining time that one export may take, so that several fit. */
const EXPORT_SHARE = 0.7;

/**
 * Keeps each export of a signal within its time. An exporter of OpenTelemetry takes its timeout when it is made, and an
 * export in progress cannot be cancelled: with a Collector that accepts connections and stays silent it would keep the
 * process alive until its timeout. So an export that begins when less time is left uses an exporter with a shorter
 * timeout, which shares the connection. There are few of them, because each may take only a share of the time left.
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

/** Writes one line of the diagnostic log for each kind of event of an outage, not for each batch. */
export interface ExportLog {
  retrying(failure: ExportFailure): void;
  dropped(failure: ExportFailure): void;
  recovered(): void;
}

/** Creates an export log. An outage ends with the next export that succeeds. */
export function createExportLog(retryTimeMaxMillis: number): ExportLog {
  const written = new Set<string>();
  const isFirst = (event: string): boolean => !written.has(event) && written.add(event).size > 0;
  return {
    retrying({ reason, message }) {
      if (!isFirst('retrying')) return;
      const seconds = retryTimeMaxMillis / 1000;
      logger().warn(`spans cannot be exported (${reason}: ${message}); retrying for up to ${seconds} s`);
    },
    dropped({ reason, message }) {
      if (!isFirst(`dropped ${reason}`)) return;
      logger().error(`spans were dropped (${reason}: ${message}); further drops are counted, not logged`);
    },
    recovered() {
      if (written.size > 0) logger().info('spans are exported again');
      written.clear();
    },
  };
}
