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
    // The exporter knows its schemes in lower case only.
    url: connection.endpoint.replace(/^https?:/i, (scheme) => scheme.toLowerCase()),
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
