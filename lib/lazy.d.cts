/** The price list, loaded on first use: parsing it costs more than starting the rest of the package. */
export function loadPrices(): typeof import('@pydantic/genai-prices', { with: {
  'resolution-mode': 'require',
}});

/** The trace half of OpenTelemetry, loaded only where spans are exported. */
export function loadTracing(): {
  readonly sdk: typeof import('@opentelemetry/sdk-trace');
  readonly otlp: typeof import('@opentelemetry/exporter-trace-otlp-grpc');
  readonly grpc: typeof import('@opentelemetry/otlp-grpc-exporter-base');
};
