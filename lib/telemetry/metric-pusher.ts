import { type IMetricReader, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import type { TelemetryConfig } from '../config/config.js';
import { loadMetricsOtlp } from '../lazy.cjs';
import { withFreshGauges } from './gauge-temporality.js';
import { grpcSettings, withoutVariables } from './grpc-settings.js';
import { type PushOutcome, withTellingFlush } from './telling-exporter.js';

/** Makes a reader that pushes all metrics to a Collector over OTLP gRPC, under their names of the catalogue. */
export function createMetricPusher(
  { metrics }: TelemetryConfig,
  onPush: (outcome: PushOutcome) => void,
): IMetricReader {
  const { otlp, grpc } = loadMetricsOtlp();
  const { exportIntervalMillis } = metrics;
  // The SDK refuses a timeout that is longer than the interval.
  const exportTimeoutMillis = Math.min(metrics.exportTimeoutMillis, exportIntervalMillis);
  const exporter = withTellingFlush(
    withFreshGauges(
      withoutVariables(
        () =>
          new otlp.OTLPMetricExporter(grpcSettings(grpc, { ...metrics, timeoutMillis: exportTimeoutMillis })),
      ),
    ),
    onPush,
  );
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis, exportTimeoutMillis });
  const shutdown = reader.shutdown.bind(reader);
  reader.shutdown = (options) =>
    shutdown(options).catch(async (error: unknown) => {
      // The SDK leaves the connection open when the last push has failed.
      await exporter.shutdown();
      throw error;
    });
  return reader;
}
