// A CommonJS leaf that both builds import: the only way to load something late AND synchronously from ESM.
// Halves of this package come first, without an extension: they are TypeScript here and CommonJS in the build.
exports.loadScraping = () => require('./prometheus/scraping');
exports.loadTracesPipeline = () => require('./otlp/traces-pipeline');
exports.loadMetricPusher = () => require('./otlp/metric-pusher');

// An ES module that imports `node:http` has Node.js 24 make all that it could export, a WebSocket client among it, which
// takes 34 ms instead of 4; `node:util` and `node:fs` are smaller cases of the same.
exports.loadHttp = () => require('node:http');
exports.loadUtil = () => require('node:util');
exports.loadFs = () => require('node:fs');

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
