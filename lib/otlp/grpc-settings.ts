type GrpcBase = typeof import('@opentelemetry/otlp-grpc-exporter-base');
type ExporterConfig = import('@opentelemetry/otlp-grpc-exporter-base').OTLPGRPCExporterConfigNode;

/** What both signals say of their connection to a Collector. */
export interface GrpcConnection {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'none' | 'gzip';
  readonly timeoutMillis: number;
}

type Metadata = NonNullable<ExporterConfig['metadata']>;

/**
 * Writes a connection the way the OTLP gRPC exporters take it.
 *
 * @param credentials - absent, the exporter makes those that the scheme of the endpoint asks for.
 */
export function grpcSettings(
  grpc: GrpcBase,
  connection: GrpcConnection,
  credentials?: ExporterConfig['credentials'],
): ExporterConfig {
  let metadata: Metadata | undefined;
  return {
    url: connection.endpoint,
    ...(credentials === undefined ? {} : { credentials }),
    // Asked for with the first export: metadata, like credentials, comes out of gRPC itself, which takes longer to
    // load than all the rest, and which an instrumentation may want to wrap first.
    get metadata(): Metadata {
      metadata ??= createMetadata(grpc, connection.headers);
      return metadata;
    },
    // The exporter types its strings as an enum that lives in a package we do not depend on.
    compression: connection.compression as unknown as NonNullable<ExporterConfig['compression']>,
    timeoutMillis: connection.timeoutMillis,
  };
}

function createMetadata(grpc: GrpcBase, headers: GrpcConnection['headers']): Metadata {
  const metadata = grpc.createEmptyMetadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}

/** What an exporter would read from the environment by itself, beside what it is told. */
const READ_BY_EXPORTERS = /^OTEL_EXPORTER_OTLP_((TRACES|METRICS)_)?(ENDPOINT|HEADERS|TIMEOUT|COMPRESSION)$/;

/**
 * Makes an exporter that knows of its connection what we resolved and no more. Left alone it adds the headers of the
 * environment again, and tells the diagnostic log, with its value, of every variable that it does not understand.
 */
export function withoutVariables<Exporter>(create: () => Exporter): Exporter {
  const taken = Object.entries(process.env).filter(([name]) => READ_BY_EXPORTERS.test(name));
  for (const [name] of taken) delete process.env[name];
  try {
    return create();
  } finally {
    for (const [name, value] of taken) process.env[name] = value;
  }
}
