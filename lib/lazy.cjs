// A CommonJS file that both builds import: the only way to load a module lazily AND synchronously from ESM. It holds the
// modules that take so long to load that a user would notice. `docs/architecture.md` has the figures.

// When an ES module imports `node:http`, Node.js 24 creates everything that the module exports, including a WebSocket
// client. That takes 40 times as long as `require`.
exports.loadHttp = () => require('node:http');
exports.loadHttps = () => require('node:https');
exports.loadTls = () => require('node:tls');

// The copy of the API that CommonJS packages use. In an ES module, `import` gives another one from version 1.10 on.
exports.loadApi = () => require('@opentelemetry/api');
exports.loadResources = () => require('@opentelemetry/resources');
exports.loadMetrics = () => require('@opentelemetry/sdk-metrics');
exports.loadPrometheus = () => require('@opentelemetry/exporter-prometheus');
exports.loadCore = () => require('@opentelemetry/core');
exports.loadPrices = () => require('@pydantic/genai-prices');
// The package exports no `package.json`, which stands above the folder of its code.
exports.pricesVersion = () => {
  try {
    const folder = require('node:path').dirname(require.resolve('@pydantic/genai-prices'));
    const manifest = require('node:fs').readFileSync(`${folder}/../package.json`, 'utf8');
    return String(JSON.parse(manifest).version);
  } catch {
    // A bundler has put the package into another file.
    return undefined;
  }
};
exports.loadTraces = () => require('@opentelemetry/sdk-trace');
exports.loadTracesOtlp = () => ({
  otlp: require('@opentelemetry/exporter-trace-otlp-grpc'),
  grpc: require('@opentelemetry/otlp-grpc-exporter-base'),
});
exports.loadMetricsOtlp = () => ({
  otlp: require('@opentelemetry/exporter-metrics-otlp-grpc'),
  grpc: require('@opentelemetry/otlp-grpc-exporter-base'),
});
exports.loadTracesOtlpHttp = () => require('@opentelemetry/exporter-trace-otlp-proto');
exports.loadMetricsOtlpHttp = () => require('@opentelemetry/exporter-metrics-otlp-proto');
exports.hostName = () => require('node:os').hostname();
exports.temporaryFolder = () => require('node:os').tmpdir();
// The files of the status page lie beside this file in the package. From the source, those of the last build are read.
// The name is one of a fixed list.
exports.readStatusPage = (name) => {
  const { basename, join } = require('node:path');
  const folder = basename(__dirname) === 'lib' ? join(__dirname, '../dist') : __dirname;
  try {
    return require('node:fs').readFileSync(join(folder, 'status-page', name));
  } catch {
    // The page was not built, or a bundler has put the package into another file. The data are there without it.
    return undefined;
  }
};
