import { readFileSync } from 'node:fs';
import { loadMetricsOtlp, loadTracesOtlp } from '../lazy.cjs';
import { withoutVariables } from './exporter-variables.js';
import { createGrpcFailureReader } from './grpc-failure.js';
import { type Connection, PREFERENCES, type Transport } from './transport.js';

// By way of the functions that load the packages: SDK 3.x declares its classes twice, for `import` and for `require`.
type GrpcBase = ReturnType<typeof loadTracesOtlp>['grpc'];
type SpanExporters = ReturnType<typeof loadTracesOtlp>['otlp'];
type MetricExporters = ReturnType<typeof loadMetricsOtlp>['otlp'];
type ExporterConfig = NonNullable<ConstructorParameters<SpanExporters['OTLPTraceExporter']>[0]>;
type Metadata = NonNullable<ExporterConfig['metadata']>;
type MetricExporterConfig = NonNullable<ConstructorParameters<MetricExporters['OTLPMetricExporter']>[0]>;

/** Sends OTLP over gRPC, which SDK 2.x loads with the first export, and SDK 3.x with the exporter. */
export const grpcTransport: Transport = {
  spanExporters(traces) {
    const { otlp, grpc } = loadTracesOtlp();
    const settings = grpcSettings(grpc, traces);
    return (timeoutMillis) => withoutVariables(() => new otlp.OTLPTraceExporter(settings(timeoutMillis)));
  },

  metricExporters(metrics) {
    const { otlp, grpc } = loadMetricsOtlp();
    const settings = grpcSettings(grpc, metrics);
    // Given explicitly: without it the exporter reads the environment.
    const temporalityPreference = PREFERENCES[metrics.temporality];
    return (timeoutMillis) => {
      const config = Object.assign(settings(timeoutMillis), { temporalityPreference });
      return withoutVariables(() => new otlp.OTLPMetricExporter(config as MetricExporterConfig));
    };
  },

  createFailureReader: createGrpcFailureReader,
};

function readIfGiven(file: string | undefined): Buffer | undefined {
  return file === undefined ? undefined : readFileSync(file);
}

/** Returns a function that makes the options of an exporter, given the timeout of its exports. */
function grpcSettings(grpc: GrpcBase, connection: Connection): (timeoutMillis: number) => ExporterConfig {
  const { endpoint, headers, compression } = connection;
  // Made once: exporters share a connection where they share the credentials.
  const credentials = createCredentials(grpc, connection);
  let metadata: Metadata | undefined;
  return (timeoutMillis) => ({
    url: endpoint,
    ...(credentials === undefined ? {} : { credentials }),
    // Read by the exporter of SDK 2.x with its first export: making metadata loads gRPC, which takes longer than
    // everything else, and which an instrumentation may want to wrap first.
    get metadata(): Metadata {
      metadata ??= createMetadata(grpc, headers);
      return metadata;
    },
    // The exporter types its strings as an enum of a package that is not a dependency of this one.
    compression: compression as unknown as NonNullable<ExporterConfig['compression']>,
    timeoutMillis,
  });
}

/** Returns `undefined` where the exporter's own choice, by the scheme of the endpoint, is right. */
function createCredentials(
  grpc: GrpcBase,
  { endpoint, certificateFile, clientKeyFile, clientCertificateFile }: Connection,
): ExporterConfig['credentials'] | undefined {
  if (!endpoint.startsWith('https:') || (certificateFile ?? clientKeyFile) === undefined) return undefined;
  return grpc.createSslCredentials(
    ...[certificateFile, clientKeyFile, clientCertificateFile].map(readIfGiven),
  );
}

function createMetadata(grpc: GrpcBase, headers: Connection['headers']): Metadata {
  const metadata = grpc.createEmptyMetadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}
