/** HTTP, loaded where a port is served, or with the first export over it. */
export function loadHttp(): typeof import('node:http');

/** The copy of the API that CommonJS packages use, loaded where tracers are lent. */
export function loadApi(): typeof import('@opentelemetry/api');
/** HTTP over TLS, loaded with the first export over it. */
export function loadHttps(): typeof import('node:https');

/** TLS, loaded where certificates are named. */
export function loadTls(): typeof import('node:tls');

/** The Resource that metrics and spans share, loaded with the first start. */
export function loadResources(): typeof import('@opentelemetry/resources');

/** The metrics SDK, loaded where no MeterProvider is passed. */
export function loadMetrics(): typeof import('@opentelemetry/sdk-metrics');

/** The reader of scrapes, loaded where a scrape port is opened. */
export function loadPrometheus(): typeof import('@opentelemetry/exporter-prometheus');

/** The base of the SDK, loaded with the first context that is propagated. */
export function loadCore(): typeof import('@opentelemetry/core');

/** The price list, loaded with the first model that needs it. */
export function loadPrices(): typeof import('@pydantic/genai-prices', { with: {
  'resolution-mode': 'require',
}});

/** The version of the price list's package; `undefined` in a bundle. */
export function pricesVersion(): string | undefined;

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

/** What sends spans over OTLP HTTP, loaded only where spans go to a Collector that way. */
export function loadTracesOtlpHttp(): typeof import('@opentelemetry/exporter-trace-otlp-proto');

/** What pushes metrics over OTLP HTTP, loaded only where metrics are pushed that way. */
export function loadMetricsOtlpHttp(): typeof import('@opentelemetry/exporter-metrics-otlp-proto');

/** The name of this machine. */
export function hostName(): string;

/** The folder of this machine for temporary files. */
export function temporaryFolder(): string;

/** A file of the status page; `undefined` where it was not built, or in a bundle. */
export function readStatusPage(name: string): Buffer | undefined;
