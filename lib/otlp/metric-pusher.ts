import type { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { type IMetricReader, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import type { TelemetryConfig } from '../config/config.js';
import { loadMetricsOtlp } from '../lazy.cjs';
import { withFreshGauges } from './gauge-temporality.js';
import { grpcSettings, withoutVariables } from './grpc-settings.js';
import { type PushOutcome, withTellingFlush } from './telling-exporter.js';

type ExporterConfig = NonNullable<ConstructorParameters<typeof OTLPMetricExporter>[0]>;

/** As the exporter numbers them, in an enum that lives in a package we do not depend on. */
const PREFERENCES = { delta: 0, cumulative: 1, lowmemory: 2 } as const;

/** Makes a reader that pushes all metrics to a Collector over OTLP gRPC, under their names of the catalogue. */
export function createMetricPusher(
  { metrics }: TelemetryConfig,
  onPush: (outcome: PushOutcome) => void,
): IMetricReader {
  const { otlp, grpc } = loadMetricsOtlp();
  const { exportIntervalMillis } = metrics;
  // The SDK refuses a timeout that is longer than the interval.
  const exportTimeoutMillis = Math.min(metrics.exportTimeoutMillis, exportIntervalMillis);
  const connection = grpcSettings(grpc, { ...metrics, timeoutMillis: exportTimeoutMillis });
  // Always told: left to itself the exporter asks the environment, and tells the log what it does not know of it.
  const temporalityPreference = PREFERENCES[metrics.temporality];
  const settings = Object.assign(connection, { temporalityPreference }) as ExporterConfig;
  const exporter = withTellingFlush(
    withFreshGauges(withoutVariables(() => new otlp.OTLPMetricExporter(settings))),
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
