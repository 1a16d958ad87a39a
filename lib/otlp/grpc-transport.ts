import { readFileSync } from 'node:fs';
import type { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { messageOf } from '../errors.js';
import { loadMetricsOtlp, loadTracesOtlp } from '../lazy.cjs';
import { retryDelayOf } from './retry-info.js';
import type { Transport } from './transport.js';

type GrpcBase = typeof import('@opentelemetry/otlp-grpc-exporter-base');
type ExporterConfig = import('@opentelemetry/otlp-grpc-exporter-base').OTLPGRPCExporterConfigNode;
type Metadata = NonNullable<ExporterConfig['metadata']>;
type MetricExporterConfig = NonNullable<ConstructorParameters<typeof OTLPMetricExporter>[0]>;

/** The settings of a connection to a Collector that both signals have. */
interface Connection {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'none' | 'gzip';
}

/** As the exporter numbers them, in an enum that lives in a package we do not depend on. */
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

  readFailure(error) {
    const message = error === undefined ? 'no reason given' : messageOf(error);
    const code = codeOf(error);
    if (code === undefined) return { reason: 'unknown', message, retryable: false, tooLarge: false, error };
    const delayMillis = retryDelayOf(error);
    const tooLarge = code === RESOURCE_EXHAUSTED && TOO_LARGE.test(message);
    const retryable =
      code === RESOURCE_EXHAUSTED ? delayMillis !== undefined && !tooLarge : RETRYABLE.has(code);
    return { reason: NAMES[code] ?? `code ${code}`, message, retryable, delayMillis, tooLarge, error };
  },
};

const RESOURCE_EXHAUSTED = 8;

/** The names of the gRPC codes that OTLP calls retryable; the last one only where the Collector says when. */
const NAMES: Readonly<Record<number, string>> = {
  1: 'CANCELLED',
  4: 'DEADLINE_EXCEEDED',
  10: 'ABORTED',
  11: 'OUT_OF_RANGE',
  14: 'UNAVAILABLE',
  15: 'DATA_LOSS',
  [RESOURCE_EXHAUSTED]: 'RESOURCE_EXHAUSTED',
};
const RETRYABLE: ReadonlySet<number> = new Set([1, 4, 10, 11, 14, 15]);

/** The words of gRPC in Go, JavaScript, C++ and Java for a message above the limit of the sender or the receiver. */
const TOO_LARGE = /larger than max|exceeds maximum size/i;

function codeOf(error: unknown): number | undefined {
  try {
    const code = (error as { readonly code?: unknown } | null | undefined)?.code;
    return typeof code === 'number' ? code : undefined;
  } catch {
    // An error whose members cannot be read is one without a code.
    return undefined;
  }
}

function readIfGiven(file: string | undefined): Buffer | undefined {
  return file === undefined ? undefined : readFileSync(file);
}

/** The options of an exporter, by the timeout of its exports. */
function grpcSettings(
  grpc: GrpcBase,
  { endpoint, headers, compression }: Connection,
  credentials?: ExporterConfig['credentials'],
): (timeoutMillis: number) => ExporterConfig {
  let metadata: Metadata | undefined;
  return (timeoutMillis) => ({
    url: endpoint,
    // Without credentials the exporter makes those that the scheme of the endpoint stands for.
    ...(credentials === undefined ? {} : { credentials }),
    // Read by the exporter with its first export: metadata comes out of gRPC itself, which takes longer to load than
    // everything else, and which an instrumentation may want to wrap first.
    get metadata(): Metadata {
      metadata ??= createMetadata(grpc, headers);
      return metadata;
    },
    // The exporter types its strings as an enum that lives in a package we do not depend on.
    compression: compression as unknown as NonNullable<ExporterConfig['compression']>,
    timeoutMillis,
  });
}

function createMetadata(grpc: GrpcBase, headers: Connection['headers']): Metadata {
  const metadata = grpc.createEmptyMetadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}

/** The variables that an exporter reads beside its options. */
const READ_BY_EXPORTERS = /^OTEL_EXPORTER_OTLP_((TRACES|METRICS)_)?(ENDPOINT|HEADERS|TIMEOUT|COMPRESSION)$/;

/**
 * Makes an exporter that knows the resolved settings of its connection and no others. No option stops it from reading
 * the environment: it would add the headers of the variable for all signals to those of its own signal, and would write
 * the value of each variable that it does not understand, which may be a secret, to the diagnostic log.
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
