import type { MeterProvider, TracerProvider } from '@opentelemetry/api';
import type { ResourceDetector } from '@opentelemetry/resources';
import type { SpanExporter } from '@opentelemetry/sdk-trace';

/** The most values open labels may take; see {@link TelemetryOptions.limits}. */
export interface LimitOptions {
  /** Distinct providers; later ones become `other`. Environment: `LLM_EDGE_LIMIT_PROVIDERS`. @defaultValue 20 */
  readonly providers?: number | undefined;
  /**
   * Distinct (provider, model) pairs; later models become `other` of their provider. Environment:
   * `LLM_EDGE_LIMIT_MODELS`. @defaultValue 80
   */
  readonly models?: number | undefined;
  /** Distinct (from, to) pairs of failovers. Environment: `LLM_EDGE_LIMIT_ROUTES`. @defaultValue 80 */
  readonly routes?: number | undefined;
  /** Distinct budgets. Environment: `LLM_EDGE_LIMIT_BUDGETS`. @defaultValue 50 */
  readonly budgets?: number | undefined;
}

/** Where metrics go, and how. */
export interface MetricsOptions {
  /**
   * A port that Prometheus scrapes, pushes to a Collector, or both; an empty list for neither. Environment:
   * `OTEL_METRICS_EXPORTER` (`prometheus,otlp`, `none`). @defaultValue `['prometheus']`
   */
  readonly exporters?: readonly ('prometheus' | 'otlp')[] | undefined;
  /**
   * Address the scrape port listens on; `0.0.0.0` opens it to the network. Environment:
   * `OTEL_EXPORTER_PROMETHEUS_HOST`. @defaultValue `localhost`
   */
  readonly host?: string | undefined;
  /** Port to scrape; 0 takes a free one. Environment: `OTEL_EXPORTER_PROMETHEUS_PORT`. @defaultValue 9464 */
  readonly port?: number | undefined;
  /** Path to scrape. Environment: `LLM_EDGE_METRICS_PATH`. @defaultValue `/metrics` */
  readonly path?: string | undefined;
  /**
   * Deadline of one scrape, in milliseconds; answered with 503 beyond it. Environment:
   * `LLM_EDGE_METRICS_TIMEOUT`. @defaultValue 10000
   */
  readonly timeoutMillis?: number | undefined;
  /**
   * The `Authorization` header a scrape must carry, such as `Bearer …`. Environment:
   * `LLM_EDGE_METRICS_AUTHORIZATION`. By default the port is open to whoever reaches it.
   */
  readonly authorization?: string | undefined;
  /**
   * Names of hosts, without port, that a scrape may carry in its `Host` header beside `localhost` and IP addresses;
   * others are answered with 403. Checked only where the port listens on loopback and asks for no authorization, so
   * that no web page can read the metrics through a name of its own. Environment: `LLM_EDGE_METRICS_ALLOWED_HOSTS`
   * (`proxy.internal,gateway.test`), where what is no host name is skipped with a warning. @defaultValue `[]`
   */
  readonly allowedHosts?: readonly string[] | undefined;
  /**
   * Collector that metrics are pushed to over gRPC, as scheme and host: nothing else in the URL is used. Environment:
   * `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`, `OTEL_EXPORTER_OTLP_ENDPOINT`. @defaultValue `http://localhost:4317`
   */
  readonly endpoint?: string | undefined;
  /** Headers of each push. Environment: `OTEL_EXPORTER_OTLP_METRICS_HEADERS`, `OTEL_EXPORTER_OTLP_HEADERS`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Environment: `OTEL_EXPORTER_OTLP_METRICS_PROTOCOL`, `OTEL_EXPORTER_OTLP_PROTOCOL`. @defaultValue `grpc` */
  readonly protocol?: 'grpc' | undefined;
  /**
   * Environment: `OTEL_EXPORTER_OTLP_METRICS_COMPRESSION`, `OTEL_EXPORTER_OTLP_COMPRESSION`.
   * @defaultValue `none`
   */
  readonly compression?: 'none' | 'gzip' | undefined;
  /**
   * Whether counters and histograms are pushed as totals, as Prometheus needs them, or as what came since the push
   * before; `lowmemory` is `delta` where that needs less memory. Scrapes always tell totals.
   * Environment: `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`. @defaultValue `cumulative`
   */
  readonly temporality?: 'cumulative' | 'delta' | 'lowmemory' | undefined;
  /** Time between two pushes, in milliseconds. Environment: `OTEL_METRIC_EXPORT_INTERVAL`. @defaultValue 60000 */
  readonly exportIntervalMillis?: number | undefined;
  /** Deadline of one push, in milliseconds. Environment: `OTEL_METRIC_EXPORT_TIMEOUT`. @defaultValue 30000 */
  readonly exportTimeoutMillis?: number | undefined;
}

/** How ended spans are gathered into exports. */
export interface BatchOptions {
  /** Ended spans that may wait; more are dropped and counted. Environment: `OTEL_BSP_MAX_QUEUE_SIZE`. @defaultValue 2048 */
  readonly maxQueueSize?: number | undefined;
  /** Spans of one export. Environment: `OTEL_BSP_MAX_EXPORT_BATCH_SIZE`. @defaultValue 512 */
  readonly maxExportBatchSize?: number | undefined;
  /** Longest wait for an export, in milliseconds. Environment: `OTEL_BSP_SCHEDULE_DELAY`. @defaultValue 5000 */
  readonly scheduledDelayMillis?: number | undefined;
  /**
   * Deadline of one export that a flush waits for, in milliseconds; otherwise spans that were not accepted are tried
   * again for up to 5 minutes. Environment: `OTEL_BSP_EXPORT_TIMEOUT`.
   * @defaultValue 30000
   */
  readonly exportTimeoutMillis?: number | undefined;
}

/**
 * What one span may hold, whoever sets it. Each must be a whole number: 1 to 10,000,000 characters, 0 to 100,000 of
 * anything else. Without a bound one span could make the Collector refuse its whole batch.
 */
export interface SpanLimitOptions {
  /**
   * Characters of one attribute; the rest is cut. Environment: `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT`,
   * `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`. @defaultValue 4096
   */
  readonly attributeValueLength?: number | undefined;
  /**
   * Attributes of one span; further ones are left out. Environment: `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`,
   * `OTEL_ATTRIBUTE_COUNT_LIMIT`. @defaultValue 128
   */
  readonly attributeCount?: number | undefined;
  /** Events of one span; the oldest are left out. Environment: `OTEL_SPAN_EVENT_COUNT_LIMIT`. @defaultValue 128 */
  readonly eventCount?: number | undefined;
  /** Links of one span; the oldest are left out. Environment: `OTEL_SPAN_LINK_COUNT_LIMIT`. @defaultValue 128 */
  readonly linkCount?: number | undefined;
  /** Attributes of one event. Environment: `OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT`. @defaultValue 128 */
  readonly attributePerEventCount?: number | undefined;
  /** Attributes of one link. Environment: `OTEL_LINK_ATTRIBUTE_COUNT_LIMIT`. @defaultValue 128 */
  readonly attributePerLinkCount?: number | undefined;
}

/** Where spans go, and which. */
export interface TracesOptions {
  /** Environment: `OTEL_TRACES_EXPORTER`. @defaultValue `otlp` */
  readonly exporter?: 'otlp' | 'none' | undefined;
  /**
   * Collector that spans are sent to over gRPC, as scheme and host: nothing else in the URL is used. Environment:
   * `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, `OTEL_EXPORTER_OTLP_ENDPOINT`. @defaultValue `http://localhost:4317`
   */
  readonly endpoint?: string | undefined;
  /** Headers of each export. Environment: `OTEL_EXPORTER_OTLP_TRACES_HEADERS`, `OTEL_EXPORTER_OTLP_HEADERS`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Environment: `OTEL_EXPORTER_OTLP_TRACES_PROTOCOL`, `OTEL_EXPORTER_OTLP_PROTOCOL`. @defaultValue `grpc` */
  readonly protocol?: 'grpc' | undefined;
  /**
   * Deadline of one attempt to export, in milliseconds. Environment: `OTEL_EXPORTER_OTLP_TRACES_TIMEOUT`,
   * `OTEL_EXPORTER_OTLP_TIMEOUT`. @defaultValue 10000
   */
  readonly timeoutMillis?: number | undefined;
  /**
   * Environment: `OTEL_EXPORTER_OTLP_TRACES_COMPRESSION`, `OTEL_EXPORTER_OTLP_COMPRESSION`.
   * @defaultValue `none`
   */
  readonly compression?: 'none' | 'gzip' | undefined;
  /**
   * Root certificates, PEM. Environment: `OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE`,
   * `OTEL_EXPORTER_OTLP_CERTIFICATE`.
   */
  readonly certificateFile?: string | undefined;
  /** Private key of the client, PEM. Environment: `OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY`, `OTEL_EXPORTER_OTLP_CLIENT_KEY`. */
  readonly clientKeyFile?: string | undefined;
  /**
   * Certificate of the client, PEM. Environment: `OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE`,
   * `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`.
   */
  readonly clientCertificateFile?: string | undefined;
  /** Which traces are recorded. Environment: `OTEL_TRACES_SAMPLER`. @defaultValue `parentbased_always_on` */
  readonly sampler?:
    | 'always_on'
    | 'always_off'
    | 'traceidratio'
    | 'parentbased_always_on'
    | 'parentbased_always_off'
    | 'parentbased_traceidratio'
    | undefined;
  /** Share of the traces, for the samplers with `traceidratio`. Environment: `OTEL_TRACES_SAMPLER_ARG`. @defaultValue 1 */
  readonly samplerRatio?: number | undefined;
  readonly batch?: BatchOptions | undefined;
  readonly limits?: SpanLimitOptions | undefined;
  /** Takes the spans instead of the OTLP exporter; counted and batched all the same. */
  readonly spanExporter?: SpanExporter | undefined;
}

/** The options of what is exported, where to, and under which name. */
export interface TelemetryOptions {
  /** `false` makes everything a no-op. Environment: `OTEL_SDK_DISABLED=true`. @defaultValue true */
  readonly enabled?: boolean | undefined;
  /** `service.name`. Environment: `OTEL_SERVICE_NAME`, then `OTEL_RESOURCE_ATTRIBUTES`. @defaultValue `llm-edge-agent` */
  readonly serviceName?: string | undefined;
  /** `service.version`. Environment: `LLM_EDGE_SERVICE_VERSION`. */
  readonly serviceVersion?: string | undefined;
  /** `deployment.environment.name`. Environment: `LLM_EDGE_ENVIRONMENT`. */
  readonly environment?: string | undefined;
  /** `service.instance.id`. Environment: `LLM_EDGE_SERVICE_INSTANCE_ID`. By default one random UUID for each process. */
  readonly serviceInstanceId?: string | undefined;
  /** Further resource attributes, merged over those of the environment. Environment: `OTEL_RESOURCE_ATTRIBUTES`. */
  readonly resourceAttributes?: Readonly<Record<string, string>> | undefined;
  /** Detectors whose attributes come below all named ones; asynchronous ones are awaited. */
  readonly resourceDetectors?: readonly ResourceDetector[] | undefined;
  /**
   * Providers and their models whose counters start at zero, so that `rate()` sees the first error. Environment:
   * `LLM_EDGE_PROVIDERS` (`openai=gpt-4o|gpt-4o-mini,anthropic=claude-sonnet-4-5`).
   */
  readonly providers?: Readonly<Record<string, readonly string[]>> | undefined;
  /** How many values open labels may take before they are folded into `other`. */
  readonly limits?: LimitOptions | undefined;
  readonly metrics?: MetricsOptions | undefined;
  readonly traces?: TracesOptions | undefined;
  /** Environment: `OTEL_PROPAGATORS`. @defaultValue `['tracecontext', 'baggage']` */
  readonly propagators?: readonly ('tracecontext' | 'baggage')[] | undefined;
  /** A provider of your own: used as it is, then no scrape port is opened. */
  readonly meterProvider?: MeterProvider | undefined;
  /** A provider of your own: used as it is, then no spans are exported from here. */
  readonly tracerProvider?: TracerProvider | undefined;
  /**
   * Register our meter provider, context manager and propagator globally at the start, where the process has none.
   * For programs without an SDK of their own (Sentry, NodeSDK): one that is started later is refused for what is taken.
   *
   * By default nothing is registered at the start. `trace.getTracer()` hands out our tracers until an SDK registers its
   * provider; the context manager and the propagator are claimed with the first observed call or operation, if nobody
   * has one by then; instruments of your own, from `metrics.getMeter()`, are not on our page. Environment:
   * `LLM_EDGE_REGISTER_GLOBALS`. @defaultValue false
   */
  readonly registerGlobals?: boolean | undefined;
  /**
   * Flush and stop on SIGTERM and SIGINT, then let the process end as it would have. Environment:
   * `LLM_EDGE_SHUTDOWN_ON_SIGNALS`. @defaultValue false
   */
  readonly shutdownOnSignals?: boolean | undefined;
  /**
   * Deadline of `shutdown()` and `forceFlush()`, in milliseconds. Environment: `LLM_EDGE_SHUTDOWN_TIMEOUT`.
   * @defaultValue 5000
   */
  readonly shutdownTimeoutMillis?: number | undefined;
}
