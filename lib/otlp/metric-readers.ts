import type { ExportResult } from '@opentelemetry/core';
import type { AggregationTemporality, InstrumentType, PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { LabelValueOf } from '../catalogue/labels.js';
import type { TelemetryConfig } from '../config/resolve.js';
import { loadMetrics, loadPrometheus } from '../lazy.cjs';
import type { ExportingReader } from './gen-ai-provider.js';
import { TRANSPORTS } from './protocols.js';
import {
  createExporters,
  EXPORT_SUCCESS,
  type Exporters,
  type ExportFailure,
  type Transport,
} from './transport.js';
import { warnOfEndpoint } from './wrong-endpoint.js';

/** Result of a push. */
export type PushOutcome = LabelValueOf<'llm_edge_monitoring_pushes_total', 'outcome'>;

interface TemporalitySelector {
  selectAggregationTemporality?(instrumentType: InstrumentType): AggregationTemporality;
}

/**
 * Makes a reader or exporter leave out gauges without a value in the current collection. With cumulative temporality,
 * the SDK repeats the last value of an observable gauge forever.
 */
export function withFreshGauges<Selector extends TemporalitySelector>(selector: Selector): Selector {
  const sdk = loadMetrics();
  const select = selector.selectAggregationTemporality?.bind(selector);
  selector.selectAggregationTemporality = (instrumentType) =>
    instrumentType === sdk.InstrumentType.OBSERVABLE_GAUGE || select === undefined
      ? sdk.AggregationTemporality.DELTA
      : select(instrumentType);
  return selector;
}

/** The reader that scrapes collect from. */
export type ScrapeReader = InstanceType<ReturnType<typeof loadPrometheus>['PrometheusExporter']>;

/** Makes the reader that scrapes collect from. */
export function createScrapeReader(): ScrapeReader {
  return withFreshGauges(
    new (loadPrometheus().PrometheusExporter)({ preventServerStart: true, withoutScopeInfo: true }),
  );
}

/** A reader that pushes metrics. */
export interface PushReader extends ExportingReader {
  /** Makes later pushes end within this time, in milliseconds. */
  endWithin(timeoutMillis: number): void;
}

/** Share of the time of a shutdown after which no push is in progress. */
const PUSH_SHARE = 0.9;

/** Makes a reader that pushes all metrics to a Collector, under their names of the catalogue. */
export function createPushReader(
  { metrics, shutdownTimeoutMillis }: TelemetryConfig,
  onPush: (outcome: PushOutcome) => void,
): PushReader {
  const { PeriodicExportingMetricReader } = loadMetrics();
  const { exportIntervalMillis } = metrics;
  // The SDK refuses a timeout longer than the interval; a shutdown waits for the push in progress.
  const exportTimeoutMillis = Math.min(
    metrics.exportTimeoutMillis,
    exportIntervalMillis,
    shutdownTimeoutMillis,
  );
  const transport = TRANSPORTS[metrics.protocol];
  warnOfEndpoint('metrics', metrics);
  const exporters = createExporters(transport.metricExporters(metrics), exportTimeoutMillis);
  const exporter = createPushExporter(exporters, transport.createFailureReader(), onPush);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis, exportTimeoutMillis });
  const shutdown = reader.shutdown.bind(reader);
  reader.shutdown = (options) =>
    shutdown(options).catch(async (error: unknown) => {
      // The SDK leaves the connection open when the last push has failed.
      await exporter.shutdown();
      throw error;
    });
  return {
    reader,
    exporter,
    endWithin: (timeoutMillis) => exporters.endBy(performance.now() + timeoutMillis * PUSH_SHARE),
  };
}

function pushError({ message, error }: ExportFailure): Error {
  return error instanceof Error && error.message === message ? error : new Error(message, { cause: error });
}

/** Makes a reader that prints all metrics to standard output, for debugging. */
export function createConsoleReader({ exportIntervalMillis }: TelemetryConfig['metrics']): ExportingReader {
  const { ConsoleMetricExporter, PeriodicExportingMetricReader } = loadMetrics();
  const exporter = withFreshGauges(new ConsoleMetricExporter());
  const exportTimeoutMillis = exportIntervalMillis;
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis, exportTimeoutMillis });
  return { reader, exporter };
}

/**
 * Creates the exporter that the SDK pushes through. It counts each push by its result, and its flush rejects when the
 * last push was not accepted. The SDK only logs a push that failed, so that without this a flush, the last one of a
 * shutdown included, would resolve.
 */
export function createPushExporter(
  exporters: Exporters<PushMetricExporter>,
  readFailure: ReturnType<Transport['createFailureReader']>,
  onPush: (outcome: PushOutcome) => void,
): PushMetricExporter {
  const first = exporters.current();
  let failure: Error | undefined;
  let pushes = 0;
  return withFreshGauges<PushMetricExporter>({
    selectAggregationTemporality: (instrumentType) =>
      first.selectAggregationTemporality?.(instrumentType) ?? loadMetrics().AggregationTemporality.CUMULATIVE,
    export(metrics, done) {
      // Assumed failed until an answer arrives, because the SDK abandons a push that takes too long.
      failure = new Error('the Collector did not answer a metrics push in time');
      pushes += 1;
      const push = pushes;
      exporters.current().export(metrics, (result: ExportResult) => {
        const isAccepted = result.code === EXPORT_SUCCESS;
        const error = isAccepted ? undefined : pushError(readFailure(result.error));
        onPush(isAccepted ? 'success' : 'failed');
        // The answer to an earlier push says nothing about the last one.
        if (push === pushes) failure = error;
        done(error === undefined ? result : { ...result, error });
      });
    },
    async forceFlush() {
      await exporters.forceFlush();
      if (failure !== undefined) throw failure;
    },
    shutdown: () => exporters.shutdown(),
  });
}
