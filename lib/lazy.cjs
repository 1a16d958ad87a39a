// A CommonJS leaf that both builds import: the only way to load a package late AND synchronously from ESM.
exports.loadPrices = () => require('@pydantic/genai-prices');
exports.loadTraces = () => require('@opentelemetry/sdk-trace');
exports.loadTracesOtlp = () => ({
  otlp: require('@opentelemetry/exporter-trace-otlp-grpc'),
  grpc: require('@opentelemetry/otlp-grpc-exporter-base'),
});
exports.loadMetricsOtlp = () => ({
  otlp: require('@opentelemetry/exporter-metrics-otlp-grpc'),
  grpc: require('@opentelemetry/otlp-grpc-exporter-base'),
});
