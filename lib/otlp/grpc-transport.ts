import { readFileSync } from 'node:fs';
import { loadMetricsOtlp, loadTracesOtlp } from '../lazy.cjs';
import { readGrpcFailure } from './grpc-failure.js';
import type { Transport } from './transport.js';

// By way of the functions that load the packages: SDK 3.x declares its classes twice, for `import` and for `require`.
type GrpcBase = ReturnType<typeof loadTracesOtlp>['grpc'];
type SpanExporters = ReturnType<typeof loadTracesOtlp>['otlp'];
type MetricExporters = ReturnType<typeof loadMetricsOtlp>['otlp'];
type ExporterConfig = NonNullable<ConstructorParameters<SpanExporters['OTLPTraceExporter']>[0]>;
type Metadata = NonNullable<ExporterConfig['metadata']>;
type MetricExporterConfig = NonNullable<ConstructorParameters<MetricExporters['OTLPMetricExporter']>[0]>;

/** The settings of a connection to a Collector that both signals have. */
interface Connection {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'none' | 'gzip';
}

/** The exporter's numbers, copied because their enum is in a package that is not a dependency of this one. */
const PREFERENCES = { delta: 0, cumulative: 1, lowmemory: 2 } as const;

/** Sends OTLP over gRPC, which is loaded with the first export. */
export const grpcTransport: Transport = {
  spanExporters(traces) {
    const { otlp, grpc } = loadTracesOtlp();
    const { certificateFile, clientKeyFile, clientCertificateFile } = traces;
    const isCertified =
      traces.endpoint.startsWith('https:') && (certificateFile ?? clientKeyFile) !== undefined;
    // Made once: exporters share a connection where they share the credentials.
    const credentials = isCertified
      ? grpc.createSslCredentials(...[certificateFile, clientKeyFile, clientCertificateFile].map(readIfGiven))
      : undefined;
    const settings = grpcSettings(grpc, traces, credentials);
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

  readFailure: readGrpcFailure,
};

function readIfGiven(file: string | undefined): Buffer | undefined {
  return file === undefined ? undefined : readFileSync(file);
}

/** Returns a function that makes the options of an exporter, given the timeout of its exports. */
function grpcSettings(
  grpc: GrpcBase,
  { endpoint, headers, compression }: Connection,
  credentials?: ExporterConfig['credentials'],
): (timeoutMillis: number) => ExporterConfig {
  let metadata: Metadata | undefined;
  return (timeoutMillis) => ({
    url: endpoint,
    // Without credentials the exporter chooses them by the scheme of the endpoint.
    ...(credentials === undefined ? {} : { credentials }),
    // Read by the exporter with its first export: making metadata loads gRPC, which takes longer than everything else,
    // and which an instrumentation may want to wrap first.
    get metadata(): Metadata {
      metadata ??= createMetadata(grpc, headers);
      return metadata;
    },
    // The exporter types its strings as an enum of a package that is not a dependency of this one.
    compression: compression as unknown as NonNullable<ExporterConfig['compression']>,
    timeoutMillis,
  });
}

function createMetadata(grpc: GrpcBase, headers: Connection['headers']): Metadata {
  const metadata = grpc.createEmptyMetadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}

/** The variables that an exporter reads although the option is given. */
const READ_BY_EXPORTERS = /^OTEL_EXPORTER_OTLP_((TRACES|METRICS)_)?(HEADERS|TIMEOUT|COMPRESSION)$/;

/**
 * Creates an exporter that uses only the given options, not variables. No option replaces the headers of the
 * environment: the exporter adds each header of `OTEL_EXPORTER_OTLP_HEADERS`, and of the variable of its signal, that
 * the given metadata lacks. So a token for another backend would be sent to this one, against the specification of
 * OTLP, which says that the variable of a signal replaces the general one. Reading the variable also loads gRPC at
 * once. The variables of timeout and compression have no effect, but a value that the exporter does not understand,
 * which may be a secret, would be written to the diagnostic log.
 */
function withoutVariables<Exporter>(create: () => Exporter): Exporter {
  const hidden = Object.entries(process.env).filter(([name]) => READ_BY_EXPORTERS.test(name));
  for (const [name] of hidden) delete process.env[name];
  try {
    return create();
  } finally {
    for (const [name, value] of hidden) process.env[name] = value;
  }
}
