// A CommonJS leaf that both builds import: the only way to load a package late AND synchronously from ESM.
exports.loadPrices = () => require('@pydantic/genai-prices');
exports.loadTracing = () => ({
  sdk: require('@opentelemetry/sdk-trace'),
  otlp: require('@opentelemetry/exporter-trace-otlp-grpc'),
  grpc: require('@opentelemetry/otlp-grpc-exporter-base'),
});
