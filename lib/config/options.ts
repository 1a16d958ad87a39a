// Generated from `settings.ts` by `npm run docs`.

import type { MeterProvider, TracerProvider } from '@opentelemetry/api';
import type { ResourceDetector } from '@opentelemetry/resources';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { RegisterGlobalsOptions } from './register-globals.js';

/** How many values open labels may take; later ones are folded into `other`. */
export interface LimitOptions {
  /**
   * Distinct providers; later ones become `other`. A whole number from 1 to 100000. Environment:
   * `LLM_EDGE_LIMIT_PROVIDERS`.
   * @defaultValue `20`
   */
  readonly providers?: number | undefined;
  /**
   * Distinct (provider, model) pairs; later models become `other` of their provider. A whole number from 1 to 100000.
   * Environment: `LLM_EDGE_LIMIT_MODELS`.
   * @defaultValue `80`
   */
  readonly models?: number | undefined;
  /**
   * Distinct (from, to) pairs of failovers. A whole number from 1 to 100000. Environment: `LLM_EDGE_LIMIT_ROUTES`.
   * @defaultValue `80`
   */
  readonly routes?: number | undefined;
  /** Distinct budgets. A whole number from 1 to 100000. Environment: `LLM_EDGE_LIMIT_BUDGETS`. @defaultValue `50` */
  readonly budgets?: number | undefined;
}

/** Where metrics go, and how. */
export interface MetricsOptions {
  /**
   * Where metrics go: a port that Prometheus scrapes, pushes to a Collector, standard output, or `none`. An empty list
   * means none. For debugging, `console` prints all metrics. Environment: `OTEL_METRICS_EXPORTER` (a list of
   * prometheus, otlp, console; or none).
   * @defaultValue `['prometheus']`
   */
  readonly exporters?: readonly ('prometheus' | 'otlp' | 'console')[] | undefined;
  /**
   * Address that the scrape port listens on; `0.0.0.0` opens it to the network. Environment:
   * `OTEL_EXPORTER_PROMETHEUS_HOST`; where it is not supported, no port is opened for scrapes.
   * @defaultValue `localhost`
   */
  readonly host?: string | undefined;
  /**
   * Scrape port; 0 takes any free one, `auto` the first free one from 9464 on; see `monitoring.metricsUrl`. With `none`
   * no port is opened, and `monitoring.metricsHandler()` answers scrapes on your own server. Environment:
   * `LLM_EDGE_METRICS_PORT`, `OTEL_EXPORTER_PROMETHEUS_PORT`; where it is not supported, no port is opened for scrapes.
   * @defaultValue `9464`
   */
  readonly port?: number | 'auto' | 'none' | undefined;
  /** Path to scrape. Environment: `LLM_EDGE_METRICS_PATH`. @defaultValue `/metrics` */
  readonly path?: string | undefined;
  /**
   * Deadline of one scrape; a scrape that exceeds it is answered with 503. Milliseconds, at least 1. Environment:
   * `LLM_EDGE_METRICS_TIMEOUT`.
   * @defaultValue `10000`
   */
  readonly timeoutMillis?: number | undefined;
  /**
   * The `Authorization` header that a scrape must carry, such as `Bearer …`; open when not set. Environment:
   * `LLM_EDGE_METRICS_AUTHORIZATION`; where it is not supported, no port is opened for scrapes.
   */
  readonly authorization?: string | undefined;
  /**
   * Host names besides `localhost` under which a loopback port without authorization may be scraped. A scrape with
   * another name in its `Host` header is answered with 403; IP addresses are always allowed. Without this check a web
   * page could read the metrics through a host name that it controls (DNS rebinding). Environment:
   * `LLM_EDGE_METRICS_ALLOWED_HOSTS` (a list of host names, without scheme and port).
   * @defaultValue `[]`
   */
  readonly allowedHosts?: readonly string[] | undefined;
  /**
   * Folder for the files through which the workers of one machine share a metrics page; by default, the folder of the
   * system for temporary files. An absolute path, on a local disk or in memory, not on a network. The workers of each
   * user create a folder within it that is closed to other users. With `none` no page is shared. Environment:
   * `LLM_EDGE_WORKERS_DIR`.
   */
  readonly workersDir?: string | undefined;
  /**
   * Longest time that `shutdown()` keeps the scrape port open for one last scrape. Milliseconds, at least 0. The port
   * closes as soon as a scrape is answered that began after the last record. The time of `shutdownTimeoutMillis` begins
   * after this one. With 0 the port closes at once: what was recorded after the previous scrape is then in no scrape.
   * Environment: `LLM_EDGE_METRICS_LINGER`.
   * @defaultValue `0`
   */
  readonly lingerMillis?: number | undefined;
  /**
   * Collector that metrics are pushed to. gRPC uses only scheme and host of the URL. Over HTTP the default is
   * `http://localhost:4318/v1/metrics`; `OTEL_EXPORTER_OTLP_ENDPOINT` is a base to which `/v1/metrics` is appended, the
   * signal-specific variable is used as is, and so is the option, unless it has no path: then it gets `/v1/metrics`.
   * Over HTTP, name and password in the URL become Basic authentication. Environment:
   * `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`, `OTEL_EXPORTER_OTLP_ENDPOINT`; where it is not supported, no metrics are
   * pushed.
   * @defaultValue `http://localhost:4317`
   */
  readonly endpoint?: string | undefined;
  /**
   * Headers of each push. Environment: `OTEL_EXPORTER_OTLP_METRICS_HEADERS`, `OTEL_EXPORTER_OTLP_HEADERS`
   * (key1=value1,key2=value2, percent-encoded); where it is not supported, no metrics are pushed. Both are merged; the
   * option wins for each key.
   */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Protocol of the pushes: gRPC, or Protocol Buffers over HTTP. Environment: `OTEL_EXPORTER_OTLP_METRICS_PROTOCOL`,
   * `OTEL_EXPORTER_OTLP_PROTOCOL`; where it is not supported, no metrics are pushed.
   * @defaultValue `grpc`
   */
  readonly protocol?: 'grpc' | 'http/protobuf' | undefined;
  /**
   * Compression of the pushes. Environment: `OTEL_EXPORTER_OTLP_METRICS_COMPRESSION`, `OTEL_EXPORTER_OTLP_COMPRESSION`.
   * @defaultValue `none`
   */
  readonly compression?: 'none' | 'gzip' | undefined;
  /**
   * Root certificates that the Collector is checked against, PEM. Environment:
   * `OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE`, `OTEL_EXPORTER_OTLP_CERTIFICATE`; where it is not supported, no metrics
   * are pushed.
   */
  readonly certificateFile?: string | undefined;
  /**
   * Private key of the client, PEM; goes with the certificate. Environment: `OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY`,
   * `OTEL_EXPORTER_OTLP_CLIENT_KEY`; where it is not supported, no metrics are pushed.
   */
  readonly clientKeyFile?: string | undefined;
  /**
   * Certificate of the client, PEM; goes with the key. Environment: `OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE`,
   * `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`; where it is not supported, no metrics are pushed.
   */
  readonly clientCertificateFile?: string | undefined;
  /**
   * Whether pushes carry totals, as Prometheus needs them, or the increase since the previous push. `lowmemory` is
   * `delta` where that needs less memory. A scrape always shows totals. Environment:
   * `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`.
   * @defaultValue `cumulative`
   */
  readonly temporality?: 'cumulative' | 'delta' | 'lowmemory' | undefined;
  /**
   * Time between two pushes. Milliseconds, at least 1. Environment: `OTEL_METRIC_EXPORT_INTERVAL`.
   * @defaultValue `60000`
   */
  readonly exportIntervalMillis?: number | undefined;
  /**
   * Deadline of one push, never longer than `shutdownTimeoutMillis`. Milliseconds, at least 1. Environment:
   * `OTEL_METRIC_EXPORT_TIMEOUT`.
   * @defaultValue `30000`
   */
  readonly exportTimeoutMillis?: number | undefined;
}

/** The status page on the scrape port, and who may see its data. */
export interface StatusPageOptions {
  /**
   * Whether the scrape port has a status page at `/` and its data under `/api/v1/`. `false` instead of the object is
   * shorthand for it. Environment: `LLM_EDGE_STATUS_PAGE`; where it is not supported, there is no status page.
   * @defaultValue `true`
   */
  readonly enabled?: boolean | undefined;
  /**
   * The `Authorization` header that requests for the data of the status page must carry, such as `Bearer …`. When not
   * set, the data are open on loopback, and a port that is open to the network has no status page. Independent of
   * `metrics.authorization`. Environment: `LLM_EDGE_STATUS_AUTHORIZATION`; where it is not supported, there is no
   * status page.
   */
  readonly authorization?: string | undefined;
}

/** How ended spans are collected into exports. */
export interface BatchOptions {
  /**
   * Ended spans that may wait for their export; further ones are dropped and counted. A whole number from 1 to 1000000.
   * Environment: `OTEL_BSP_MAX_QUEUE_SIZE`.
   * @defaultValue `2048`
   */
  readonly maxQueueSize?: number | undefined;
  /**
   * Spans of one export, at most the size of the queue. A whole number from 1 to 1000000. Environment:
   * `OTEL_BSP_MAX_EXPORT_BATCH_SIZE`.
   * @defaultValue `512`
   */
  readonly maxExportBatchSize?: number | undefined;
  /**
   * Longest time that a span waits for its export. Milliseconds, at least 1. Environment: `OTEL_BSP_SCHEDULE_DELAY`.
   * @defaultValue `5000`
   */
  readonly scheduledDelayMillis?: number | undefined;
  /**
   * Deadline of one export; spans are retried for up to 5 minutes. Milliseconds, at least 1. Environment:
   * `OTEL_BSP_EXPORT_TIMEOUT`.
   * @defaultValue `30000`
   */
  readonly exportTimeoutMillis?: number | undefined;
}

/** What one span may hold. Without a bound one span could make the Collector refuse its whole batch. */
export interface SpanLimitOptions {
  /**
   * Characters of one attribute of a span. Longer values are cut, so that the Collector does not refuse the batch. A
   * whole number from 1 to 10000000. Environment: `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT`,
   * `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`.
   * @defaultValue `4096`
   */
  readonly attributeValueLength?: number | undefined;
  /**
   * Attributes of one span; further ones are left out. A whole number from 0 to 100000. Environment:
   * `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`, `OTEL_ATTRIBUTE_COUNT_LIMIT`.
   * @defaultValue `128`
   */
  readonly attributeCount?: number | undefined;
  /**
   * Events of one span; the oldest are left out. A whole number from 0 to 100000. Environment:
   * `OTEL_SPAN_EVENT_COUNT_LIMIT`.
   * @defaultValue `128`
   */
  readonly eventCount?: number | undefined;
  /**
   * Links of one span; the oldest are left out. A whole number from 0 to 100000. Environment:
   * `OTEL_SPAN_LINK_COUNT_LIMIT`.
   * @defaultValue `128`
   */
  readonly linkCount?: number | undefined;
  /**
   * Attributes of one event of a span; further ones are left out. A whole number from 0 to 100000. Environment:
   * `OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT`.
   * @defaultValue `128`
   */
  readonly attributePerEventCount?: number | undefined;
  /**
   * Attributes of one link of a span; further ones are left out. A whole number from 0 to 100000. Environment:
   * `OTEL_LINK_ATTRIBUTE_COUNT_LIMIT`.
   * @defaultValue `128`
   */
  readonly attributePerLinkCount?: number | undefined;
}

/** Where spans go, and which. */
export interface TracesOptions {
  /**
   * Whether spans are created: with `none` this package creates none, whichever provider is in use. The string `'none'`
   * instead of the object is shorthand for it. The spans of others and their context are not affected: `propagate` then
   * sends the active span of the user. Environment: `LLM_EDGE_TRACES`.
   * @defaultValue `all`
   */
  readonly spans?: 'all' | 'none' | undefined;
  /**
   * Where spans go: a Collector, standard output, both, or `none`. For debugging, `console` prints each span as it
   * ends; these are not counted as exported. Environment: `OTEL_TRACES_EXPORTER`.
   * @defaultValue `otlp`
   */
  readonly exporter?: 'otlp' | 'console' | 'otlp,console' | 'none' | undefined;
  /**
   * Collector that spans are sent to. gRPC uses only scheme and host of the URL. Over HTTP the default is
   * `http://localhost:4318/v1/traces`; `OTEL_EXPORTER_OTLP_ENDPOINT` is a base to which `/v1/traces` is appended, the
   * signal-specific variable is used as is, and so is the option, unless it has no path: then it gets `/v1/traces`.
   * Over HTTP, name and password in the URL become Basic authentication. Environment:
   * `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, `OTEL_EXPORTER_OTLP_ENDPOINT`; where it is not supported, no spans are
   * exported.
   * @defaultValue `http://localhost:4317`
   */
  readonly endpoint?: string | undefined;
  /**
   * Headers of each export. Environment: `OTEL_EXPORTER_OTLP_TRACES_HEADERS`, `OTEL_EXPORTER_OTLP_HEADERS`
   * (key1=value1,key2=value2, percent-encoded); where it is not supported, no spans are exported. Both are merged; the
   * option wins for each key.
   */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Protocol of the exports: gRPC, or Protocol Buffers over HTTP. Environment: `OTEL_EXPORTER_OTLP_TRACES_PROTOCOL`,
   * `OTEL_EXPORTER_OTLP_PROTOCOL`; where it is not supported, no spans are exported.
   * @defaultValue `grpc`
   */
  readonly protocol?: 'grpc' | 'http/protobuf' | undefined;
  /**
   * Compression of the exports. Environment: `OTEL_EXPORTER_OTLP_TRACES_COMPRESSION`, `OTEL_EXPORTER_OTLP_COMPRESSION`.
   * @defaultValue `none`
   */
  readonly compression?: 'none' | 'gzip' | undefined;
  /**
   * Root certificates that the Collector is checked against, PEM. Environment: `OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE`,
   * `OTEL_EXPORTER_OTLP_CERTIFICATE`; where it is not supported, no spans are exported.
   */
  readonly certificateFile?: string | undefined;
  /**
   * Private key of the client, PEM; goes with the certificate. Environment: `OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY`,
   * `OTEL_EXPORTER_OTLP_CLIENT_KEY`; where it is not supported, no spans are exported.
   */
  readonly clientKeyFile?: string | undefined;
  /**
   * Certificate of the client, PEM; goes with the key. Environment: `OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE`,
   * `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`; where it is not supported, no spans are exported.
   */
  readonly clientCertificateFile?: string | undefined;
  /**
   * Deadline of one attempt to export, never longer than `shutdownTimeoutMillis`. Milliseconds, at least 1.
   * Environment: `OTEL_EXPORTER_OTLP_TRACES_TIMEOUT`, `OTEL_EXPORTER_OTLP_TIMEOUT`.
   * @defaultValue `10000`
   */
  readonly timeoutMillis?: number | undefined;
  /** Which traces are recorded. Environment: `OTEL_TRACES_SAMPLER`. @defaultValue `parentbased_always_on` */
  readonly sampler?:
    | 'always_on'
    | 'always_off'
    | 'traceidratio'
    | 'parentbased_always_on'
    | 'parentbased_always_off'
    | 'parentbased_traceidratio'
    | undefined;
  /**
   * Share of the traces that are sampled, for the samplers with `traceidratio`. A number from 0 to 1. Environment:
   * `OTEL_TRACES_SAMPLER_ARG`.
   * @defaultValue `1`
   */
  readonly samplerRatio?: number | undefined;
  /**
   * Further attribute names for the cost on a span, in US dollars, in addition to `gen_ai.usage.cost`. Environment:
   * `LLM_EDGE_COST_ATTRIBUTES` (a list of langfuse, openinference; or none).
   * @defaultValue `[]`
   */
  readonly costAttributes?: readonly ('langfuse' | 'openinference')[] | undefined;
  /** How ended spans are collected into exports. */
  readonly batch?: BatchOptions | undefined;
  /** What one span may hold. Without a bound one span could make the Collector refuse its whole batch. */
  readonly limits?: SpanLimitOptions | undefined;
  /** Receives the spans instead of the OTLP exporter; they are batched and counted in the same way. */
  readonly spanExporter?: SpanExporter | undefined;
}

/** Metrics of the GenAI semantic conventions, beside those of this package. */
export interface GenAiOptions {
  /**
   * Metrics of the GenAI semantic conventions (`gen_ai.*`) to push: of version 1.41, of the next one, or of both. See
   * `docs/gen-ai-metrics.md`. The second variable is a list for all conventions: only `gen_ai_latest_experimental` is
   * read, which means `next`, and the same with `/dup`, which means `both`. Environment: `LLM_EDGE_GEN_AI_METRICS`,
   * `OTEL_SEMCONV_STABILITY_OPT_IN`.
   * @defaultValue `none`
   */
  readonly metrics?: 'none' | 'v1.41' | 'next' | 'both' | undefined;
  /**
   * Whether a scrape shows these metrics as well, under the names that the OTLP receiver of Prometheus gives them.
   * Environment: `LLM_EDGE_GEN_AI_SCRAPE`.
   * @defaultValue `false`
   */
  readonly scrape?: boolean | undefined;
}

/** The options of what is exported, where to, and under which name. */
export interface TelemetryOptions {
  /**
   * Whether monitoring is active. The variable has the opposite meaning: `true` disables monitoring, any other value
   * does not. Environment: `OTEL_SDK_DISABLED`.
   * @defaultValue `true`
   */
  readonly enabled?: boolean | undefined;
  /**
   * Resource attribute `service.name`; `llm-edge-agent` when no source names the service. The variable wins over
   * `service.name` in `OTEL_RESOURCE_ATTRIBUTES`. Environment: `OTEL_SERVICE_NAME`.
   */
  readonly serviceName?: string | undefined;
  /** Resource attribute `service.version`. Environment: `LLM_EDGE_SERVICE_VERSION`. */
  readonly serviceVersion?: string | undefined;
  /** Resource attribute `deployment.environment.name`. Environment: `LLM_EDGE_ENVIRONMENT`. */
  readonly environment?: string | undefined;
  /**
   * Resource attribute `service.instance.id`; one random UUID for each process when not set. Environment:
   * `LLM_EDGE_SERVICE_INSTANCE_ID`.
   */
  readonly serviceInstanceId?: string | undefined;
  /**
   * Further resource attributes. Environment: `OTEL_RESOURCE_ATTRIBUTES` (key1=value1,key2=value2, percent-encoded).
   * Both are merged; the option wins for each key.
   */
  readonly resourceAttributes?: Readonly<Record<string, string>> | undefined;
  /**
   * Providers and their models whose counters start at zero, so that `rate()` sees the first error. The variable reads
   * `openai=gpt-4o|gpt-4o-mini,anthropic=claude-sonnet-4-5`. Environment: `LLM_EDGE_PROVIDERS`
   * (provider=model|model,provider=model).
   */
  readonly providers?: Readonly<Record<string, readonly string[]>> | undefined;
  /** How many values open labels may take; later ones are folded into `other`. */
  readonly limits?: LimitOptions | undefined;
  /** Where metrics go, and how. */
  readonly metrics?: MetricsOptions | undefined;
  /** The status page on the scrape port, and who may see its data. */
  readonly statusPage?: StatusPageOptions | false | undefined;
  /** Where spans go, and which. */
  readonly traces?: TracesOptions | 'none' | undefined;
  /** Metrics of the GenAI semantic conventions, beside those of this package. */
  readonly genAi?: GenAiOptions | undefined;
  /**
   * How context crosses process boundaries. Environment: `OTEL_PROPAGATORS` (a list of tracecontext, baggage; or none).
   * @defaultValue `['tracecontext', 'baggage']`
   */
  readonly propagators?: readonly ('tracecontext' | 'baggage')[] | undefined;
  /**
   * Whether providers that another OpenTelemetry SDK registers, before or after, create the spans and take the metrics
   * of this package, or its own providers always do. With `shared`, a registered tracer provider makes and exports the
   * spans, and a meter provider that is registered before the start takes the metrics. With `own`, the providers of
   * this package make and export what this package observes, whatever is registered; its spans are still children of
   * the active span, and `trace.getTracer()` is left to the other SDK. A provider that is passed as an option is used
   * in either case. Environment: `LLM_EDGE_OPENTELEMETRY`.
   * @defaultValue `shared`
   */
  readonly openTelemetry?: 'shared' | 'own' | undefined;
  /**
   * What is registered globally at the start, all or some: for programs without another OpenTelemetry SDK. Only what
   * the process lacks is registered; an SDK that starts later cannot register these again. By default nothing is
   * registered at the start: `trace.getTracer()` returns tracers of this package until an SDK registers its provider;
   * the context manager and the propagator are registered with the first observed call or operation, if there is none
   * by then; instruments from `metrics.getMeter()` are not part of the scrape. Environment:
   * `LLM_EDGE_REGISTER_GLOBALS`.
   * @defaultValue `false`
   */
  readonly registerGlobals?: boolean | RegisterGlobalsOptions | undefined;
  /**
   * Flush and shut down on SIGTERM and SIGINT, then let the process end as it would without this option. Environment:
   * `LLM_EDGE_SHUTDOWN_ON_SIGNALS`.
   * @defaultValue `false`
   */
  readonly shutdownOnSignals?: boolean | undefined;
  /**
   * Deadline of `shutdown()` and `forceFlush()`. Milliseconds, at least 1. Environment: `LLM_EDGE_SHUTDOWN_TIMEOUT`.
   * @defaultValue `5000`
   */
  readonly shutdownTimeoutMillis?: number | undefined;
  /** Used instead of the meter provider of this package; no scrape port is opened then. */
  readonly meterProvider?: MeterProvider | undefined;
  /** Used instead of the tracer provider of this package, which exports no spans then. */
  readonly tracerProvider?: TracerProvider | undefined;
  /** Detectors of resource attributes, which all other sources override; asynchronous detectors are awaited. */
  readonly resourceDetectors?: readonly ResourceDetector[] | undefined;
}
