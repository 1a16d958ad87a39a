/** The price list, loaded on first use: parsing it costs more than starting the rest of the package. */
export function loadPrices(): typeof import('@pydantic/genai-prices', { with: {
  'resolution-mode': 'require',
}});

/** The trace SDK, loaded only where spans are exported. */
export function loadTraces(): typeof import('@opentelemetry/sdk-trace');

/** What sends spans over OTLP gRPC, loaded only where spans go to a Collector. */
export function loadTracesOtlp(): {
  readonly otlp: typeof import('@opentelemetry/exporter-trace-otlp-grpc');
  readonly grpc: typeof import('@opentelemetry/otlp-grpc-exporter-base');
};

/** What pushes metrics over OTLP gRPC, loaded only where metrics are pushed. */
export function loadMetricsOtlp(): {
  readonly otlp: typeof import('@opentelemetry/exporter-metrics-otlp-grpc');
  readonly grpc: typeof import('@opentelemetry/otlp-grpc-exporter-base');
};
