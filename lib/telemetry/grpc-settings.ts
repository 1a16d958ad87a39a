type GrpcBase = typeof import('@opentelemetry/otlp-grpc-exporter-base');
type ExporterConfig = import('@opentelemetry/otlp-grpc-exporter-base').OTLPGRPCExporterConfigNode;

/** What both signals say of their connection to a Collector. */
export interface GrpcConnection {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'none' | 'gzip';
  readonly timeoutMillis: number;
}

/** Writes a connection the way the OTLP gRPC exporters take it. */
export function grpcSettings(grpc: GrpcBase, connection: GrpcConnection): ExporterConfig {
  const metadata = grpc.createEmptyMetadata();
  for (const [name, value] of Object.entries(connection.headers)) metadata.set(name, value);
  return {
    url: connection.endpoint,
    metadata,
    // The exporter types its strings as an enum that lives in a package we do not depend on.
    compression: connection.compression as unknown as NonNullable<ExporterConfig['compression']>,
    timeoutMillis: connection.timeoutMillis,
  };
}
