// A CommonJS file that both builds import: the only way to load something lazily AND synchronously from ESM. It holds what
// takes long enough to load that a user would notice, and the SDK, of which both builds must use the same copy.

// When an ES module imports `node:http`, Node.js 24 creates everything that it exports, a WebSocket client among it, which
// takes 34 ms instead of 4.
exports.loadHttp = () => require('node:http');

exports.loadResources = () => require('@opentelemetry/resources');
exports.loadMetrics = () => require('@opentelemetry/sdk-metrics');
exports.loadPrometheus = () => require('@opentelemetry/exporter-prometheus');
exports.loadCore = () => require('@opentelemetry/core');
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
