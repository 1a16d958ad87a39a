import { DEFAULT_SERIES_LIMITS } from '../catalogue/limits.js';
import {
  AUTHORIZATION,
  BOOLEAN,
  choice,
  choices,
  ENDPOINT,
  FILE,
  HEADERS,
  HOST_NAMES,
  integer,
  type Kind,
  MILLIS,
  PAIRS,
  PATH,
  PROVIDERS,
  RATIO,
  TEXT,
} from './kinds.js';

/** One setting: its option, the environment variables it may come from, and its default. */
export interface Field<Value> {
  readonly kind: Kind<Value>;
  /** In order of precedence; the first that is set and not empty is taken. */
  readonly variables: readonly string[];
  readonly defaultValue: Value | undefined;
  readonly description: string;
  /** The value never appears in messages. */
  readonly secret?: boolean;
  /** Option and environment are merged, and the option wins for each key. */
  readonly merged?: boolean;
}

type Traits = Pick<Field<unknown>, 'secret' | 'merged'>;

function withoutDefault<Value>(
  kind: Kind<Value>,
  variables: string | readonly string[],
  description: string,
  traits: Traits,
): Omit<Field<Value>, 'defaultValue'> {
  return {
    kind,
    variables: typeof variables === 'string' ? [variables] : variables,
    description,
    ...traits,
  };
}

/** A setting with a default. */
function field<Value>(
  kind: Kind<Value>,
  variables: string | readonly string[],
  defaultValue: NoInfer<Value>,
  description: string,
  traits: Traits = {},
): Field<Value> & { readonly defaultValue: Value } {
  return { ...withoutDefault(kind, variables, description, traits), defaultValue };
}

/** A setting without a default. */
function optional<Value>(
  kind: Kind<Value>,
  variables: string | readonly string[],
  description: string,
  traits: Traits = {},
): Field<Value> & { readonly defaultValue: undefined } {
  return { ...withoutDefault(kind, variables, description, traits), defaultValue: undefined };
}

/** The two variables of an OTLP setting: the one of the signal wins over the general one. */
function otlp(signal: 'TRACES' | 'METRICS', name: string): readonly string[] {
  return [`OTEL_EXPORTER_OTLP_${signal}_${name}`, `OTEL_EXPORTER_OTLP_${name}`];
}

const LIMIT = integer(1, 100_000);
const COMPRESSION = choice('none', 'gzip');
const GRPC: Kind<'grpc'> = {
  ...choice('grpc'),
  remedy: () =>
    'write grpc, and the gRPC port of the Collector (4317): this package sends OTLP over gRPC only',
};

/** Every setting of the package, by the path of its option. */
export const FIELDS = {
  enabled: field(
    {
      ...BOOLEAN,
      parse: (value, source) => {
        const parsed = BOOLEAN.parse(value, source);
        return source === 'environment' && parsed !== undefined ? !parsed : parsed;
      },
    },
    'OTEL_SDK_DISABLED',
    true,
    'Whether anything is done at all. The variable says the opposite: `true` disables.',
  ),
  serviceName: optional(
    TEXT,
    'OTEL_SERVICE_NAME',
    'Resource attribute `service.name`; `llm-edge-agent` when nothing names the service.',
  ),
  serviceVersion: optional(TEXT, 'LLM_EDGE_SERVICE_VERSION', 'Resource attribute `service.version`.'),
  environment: optional(TEXT, 'LLM_EDGE_ENVIRONMENT', 'Resource attribute `deployment.environment.name`.'),
  serviceInstanceId: optional(
    TEXT,
    'LLM_EDGE_SERVICE_INSTANCE_ID',
    'Resource attribute `service.instance.id`; one random UUID for each process when not set.',
  ),
  resourceAttributes: field(PAIRS, 'OTEL_RESOURCE_ATTRIBUTES', {}, 'Further resource attributes.', {
    merged: true,
  }),
  providers: field(
    PROVIDERS,
    'LLM_EDGE_PROVIDERS',
    {},
    'Providers and their models whose counters start at zero, so that `rate()` sees the first error.',
  ),
  'limits.providers': field(
    LIMIT,
    'LLM_EDGE_LIMIT_PROVIDERS',
    DEFAULT_SERIES_LIMITS.providers,
    'Distinct providers; later ones become `other`.',
  ),
  'limits.models': field(
    LIMIT,
    'LLM_EDGE_LIMIT_MODELS',
    DEFAULT_SERIES_LIMITS.models,
    'Distinct (provider, model) pairs; later models become `other` of their provider.',
  ),
  'limits.routes': field(
    LIMIT,
    'LLM_EDGE_LIMIT_ROUTES',
    DEFAULT_SERIES_LIMITS.routes,
    'Distinct (from, to) pairs of failovers.',
  ),
  'limits.budgets': field(
    LIMIT,
    'LLM_EDGE_LIMIT_BUDGETS',
    DEFAULT_SERIES_LIMITS.budgets,
    'Distinct budgets.',
  ),
  'metrics.exporters': field(
    choices('prometheus', 'otlp'),
    'OTEL_METRICS_EXPORTER',
    ['prometheus'],
    'Where metrics go: a port that Prometheus scrapes, pushes to a Collector, both, or `none`.',
  ),
  'metrics.host': field(
    TEXT,
    'OTEL_EXPORTER_PROMETHEUS_HOST',
    'localhost',
    'Address the scrape port listens on; `0.0.0.0` opens it to the network.',
  ),
  'metrics.port': field(
    integer(0, 65_535),
    'OTEL_EXPORTER_PROMETHEUS_PORT',
    9464,
    'Port to scrape; 0 takes a free one, see `monitoring.metricsUrl`.',
  ),
  'metrics.path': field(PATH, 'LLM_EDGE_METRICS_PATH', '/metrics', 'Path to scrape.'),
  'metrics.timeoutMillis': field(
    MILLIS,
    'LLM_EDGE_METRICS_TIMEOUT',
    10_000,
    'Deadline of one scrape; answered with 503 beyond it.',
  ),
  'metrics.authorization': optional(
    AUTHORIZATION,
    'LLM_EDGE_METRICS_AUTHORIZATION',
    'The `Authorization` header a scrape must carry, such as `Bearer …`; open when not set.',
    { secret: true },
  ),
  'metrics.allowedHosts': field(
    HOST_NAMES,
    'LLM_EDGE_METRICS_ALLOWED_HOSTS',
    [],
    'Names beside `localhost` under which a port on loopback without authorization may be scraped.',
  ),
  'metrics.endpoint': field(
    ENDPOINT,
    otlp('METRICS', 'ENDPOINT'),
    'http://localhost:4317',
    'Collector that metrics are pushed to.',
  ),
  'metrics.headers': field(HEADERS, otlp('METRICS', 'HEADERS'), {}, 'Headers of each push.', {
    secret: true,
    merged: true,
  }),
  'metrics.protocol': field(GRPC, otlp('METRICS', 'PROTOCOL'), 'grpc', 'Protocol of the pushes.'),
  'metrics.compression': field(
    COMPRESSION,
    otlp('METRICS', 'COMPRESSION'),
    'none',
    'Compression of the pushes.',
  ),
  'metrics.exportIntervalMillis': field(
    MILLIS,
    'OTEL_METRIC_EXPORT_INTERVAL',
    60_000,
    'Time between two pushes.',
  ),
  'metrics.exportTimeoutMillis': field(MILLIS, 'OTEL_METRIC_EXPORT_TIMEOUT', 30_000, 'Deadline of one push.'),
  'traces.exporter': field(choice('otlp', 'none'), 'OTEL_TRACES_EXPORTER', 'otlp', 'Where spans go.'),
  'traces.endpoint': field(
    ENDPOINT,
    otlp('TRACES', 'ENDPOINT'),
    'http://localhost:4317',
    'Collector that spans are sent to.',
  ),
  'traces.headers': field(HEADERS, otlp('TRACES', 'HEADERS'), {}, 'Headers of each export.', {
    secret: true,
    merged: true,
  }),
  'traces.protocol': field(GRPC, otlp('TRACES', 'PROTOCOL'), 'grpc', 'Protocol of the exports.'),
  'traces.timeoutMillis': field(
    MILLIS,
    otlp('TRACES', 'TIMEOUT'),
    10_000,
    'Deadline of one attempt to export.',
  ),
  'traces.compression': field(
    COMPRESSION,
    otlp('TRACES', 'COMPRESSION'),
    'none',
    'Compression of the exports.',
  ),
  'traces.certificateFile': optional(
    FILE,
    otlp('TRACES', 'CERTIFICATE'),
    'Root certificates that the Collector is checked against, PEM.',
  ),
  'traces.clientKeyFile': optional(
    FILE,
    otlp('TRACES', 'CLIENT_KEY'),
    'Private key of the client, PEM; goes with the certificate.',
  ),
  'traces.clientCertificateFile': optional(
    FILE,
    otlp('TRACES', 'CLIENT_CERTIFICATE'),
    'Certificate of the client, PEM; goes with the key.',
  ),
  'traces.sampler': field(
    choice(
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ),
    'OTEL_TRACES_SAMPLER',
    'parentbased_always_on',
    'Which traces are recorded.',
  ),
  'traces.samplerRatio': field(
    RATIO,
    'OTEL_TRACES_SAMPLER_ARG',
    1,
    'Share of the traces, for the samplers with `traceidratio`.',
  ),
  'traces.batch.maxQueueSize': field(
    integer(1, 1_000_000),
    'OTEL_BSP_MAX_QUEUE_SIZE',
    2048,
    'Ended spans that may wait; more are dropped and counted.',
  ),
  'traces.batch.maxExportBatchSize': field(
    integer(1, 1_000_000),
    'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
    512,
    'Spans of one export, at most the size of the queue.',
  ),
  'traces.batch.scheduledDelayMillis': field(
    MILLIS,
    'OTEL_BSP_SCHEDULE_DELAY',
    5000,
    'Longest time a span waits for its export.',
  ),
  'traces.batch.exportTimeoutMillis': field(
    MILLIS,
    'OTEL_BSP_EXPORT_TIMEOUT',
    30_000,
    'Deadline of one export that a flush waits for; otherwise spans are tried again for up to 5 minutes.',
  ),
  propagators: field(
    choices('tracecontext', 'baggage'),
    'OTEL_PROPAGATORS',
    ['tracecontext', 'baggage'],
    'How context crosses process borders.',
  ),
  shutdownOnSignals: field(
    BOOLEAN,
    'LLM_EDGE_SHUTDOWN_ON_SIGNALS',
    false,
    'Flush and stop on SIGTERM and SIGINT, then let the process end as it would have.',
  ),
  shutdownTimeoutMillis: field(
    MILLIS,
    'LLM_EDGE_SHUTDOWN_TIMEOUT',
    5000,
    'Deadline of `shutdown()` and `forceFlush()`.',
  ),
} as const satisfies Record<string, Field<never> | Field<unknown>>;

/** The path of an option that is a setting. */
export type FieldPath = keyof typeof FIELDS;

/** The resolved value of each setting. */
export type FieldValues = {
  readonly [Path in FieldPath]: (typeof FIELDS)[Path] extends {
    readonly kind: Kind<infer Value>;
    readonly defaultValue: infer Default;
  }
    ? undefined extends Default
      ? Value | undefined
      : Value
    : never;
};
