import { DEFAULT_SERIES_LIMITS } from '../catalogue/cardinality.js';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { AUTHORIZATION, ENDPOINT, HOST, HOST_NAMES, PATH } from './address-kinds.js';
import { type Field, field, optional } from './field.js';
import {
  BOOLEAN,
  choice,
  choices,
  FILE,
  HEADERS,
  integer,
  type Kind,
  MILLIS,
  PAIRS,
  PROVIDERS,
  RATIO,
  TEXT,
} from './kinds.js';

/** The two variables of an OTLP setting: the one of the signal wins over the general one. */
function otlp(signal: 'TRACES' | 'METRICS', name: string): readonly string[] {
  return [`OTEL_EXPORTER_OTLP_${signal}_${name}`, `OTEL_EXPORTER_OTLP_${name}`];
}

const LIMIT = integer(1, 100_000);
const SPAN_ITEMS = integer(0, 100_000);
const COMPRESSION = choice('none', 'gzip');
/** Several exporters may be named, and ours be among them. */
const SPAN_EXPORTER: Kind<'otlp' | 'none'> = {
  ...choice('otlp', 'none'),
  seen: (value, source) => choices('otlp').seen?.(value, source),
  known: (text) => (choices('otlp').known?.(text).length === 0 ? 'none' : 'otlp'),
};
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
    'Whether anything is done at all. The variable says the opposite: `true` disables, and nothing else does.',
    { effect: 'monitoring is not disabled' },
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
    { component: 'meter' },
  ),
  'metrics.host': field(
    HOST,
    'OTEL_EXPORTER_PROMETHEUS_HOST',
    'localhost',
    'Address the scrape port listens on; `0.0.0.0` opens it to the network.',
    { component: 'scrape', unsupported: 'off' },
  ),
  'metrics.port': field(
    integer(0, 65_535),
    'OTEL_EXPORTER_PROMETHEUS_PORT',
    9464,
    'Port to scrape; 0 takes a free one, see `monitoring.metricsUrl`.',
    { component: 'scrape', unsupported: 'off' },
  ),
  'metrics.path': field(PATH, 'LLM_EDGE_METRICS_PATH', '/metrics', 'Path to scrape.', {
    component: 'scrape',
  }),
  'metrics.timeoutMillis': field(
    MILLIS,
    'LLM_EDGE_METRICS_TIMEOUT',
    10_000,
    'Deadline of one scrape; answered with 503 beyond it.',
    { component: 'scrape' },
  ),
  'metrics.authorization': optional(
    AUTHORIZATION,
    'LLM_EDGE_METRICS_AUTHORIZATION',
    'The `Authorization` header a scrape must carry, such as `Bearer …`; open when not set.',
    { component: 'scrape', unsupported: 'off', secret: true },
  ),
  'metrics.allowedHosts': field(
    HOST_NAMES,
    'LLM_EDGE_METRICS_ALLOWED_HOSTS',
    [],
    'Names beside `localhost` under which a port on loopback without authorization may be scraped.',
    { component: 'scrape', effect: 'what is no name of a host is left out' },
  ),
  'metrics.endpoint': field(
    ENDPOINT,
    otlp('METRICS', 'ENDPOINT'),
    'http://localhost:4317',
    'Collector that metrics are pushed to.',
    { component: 'push', unsupported: 'off' },
  ),
  'metrics.headers': field(HEADERS, otlp('METRICS', 'HEADERS'), {}, 'Headers of each push.', {
    component: 'push',
    unsupported: 'off',
    secret: true,
    merged: true,
  }),
  'metrics.protocol': field(GRPC, otlp('METRICS', 'PROTOCOL'), 'grpc', 'Protocol of the pushes.', {
    component: 'push',
    unsupported: 'off',
  }),
  'metrics.compression': field(
    COMPRESSION,
    otlp('METRICS', 'COMPRESSION'),
    'none',
    'Compression of the pushes.',
    { component: 'push' },
  ),
  'metrics.temporality': field(
    choice('cumulative', 'delta', 'lowmemory'),
    'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
    'cumulative',
    'Whether pushes tell totals, as Prometheus needs them, or what came since the push before.',
    { component: 'push' },
  ),
  'metrics.exportIntervalMillis': field(
    MILLIS,
    'OTEL_METRIC_EXPORT_INTERVAL',
    60_000,
    'Time between two pushes.',
    { component: 'push' },
  ),
  'metrics.exportTimeoutMillis': field(
    MILLIS,
    'OTEL_METRIC_EXPORT_TIMEOUT',
    30_000,
    'Deadline of one push.',
    { component: 'push' },
  ),
  'traces.exporter': field(SPAN_EXPORTER, 'OTEL_TRACES_EXPORTER', 'otlp', 'Where spans go.', {
    component: 'tracer',
  }),
  'traces.endpoint': field(
    ENDPOINT,
    otlp('TRACES', 'ENDPOINT'),
    'http://localhost:4317',
    'Collector that spans are sent to.',
    { component: 'export', unsupported: 'off' },
  ),
  'traces.headers': field(HEADERS, otlp('TRACES', 'HEADERS'), {}, 'Headers of each export.', {
    component: 'export',
    unsupported: 'off',
    secret: true,
    merged: true,
  }),
  'traces.protocol': field(GRPC, otlp('TRACES', 'PROTOCOL'), 'grpc', 'Protocol of the exports.', {
    component: 'export',
    unsupported: 'off',
  }),
  'traces.timeoutMillis': field(
    MILLIS,
    otlp('TRACES', 'TIMEOUT'),
    10_000,
    'Deadline of one attempt to export.',
    { component: 'spans' },
  ),
  'traces.compression': field(
    COMPRESSION,
    otlp('TRACES', 'COMPRESSION'),
    'none',
    'Compression of the exports.',
    { component: 'export' },
  ),
  'traces.certificateFile': optional(
    FILE,
    otlp('TRACES', 'CERTIFICATE'),
    'Root certificates that the Collector is checked against, PEM.',
    { component: 'export', unsupported: 'off' },
  ),
  'traces.clientKeyFile': optional(
    FILE,
    otlp('TRACES', 'CLIENT_KEY'),
    'Private key of the client, PEM; goes with the certificate.',
    { component: 'export', unsupported: 'off' },
  ),
  'traces.clientCertificateFile': optional(
    FILE,
    otlp('TRACES', 'CLIENT_CERTIFICATE'),
    'Certificate of the client, PEM; goes with the key.',
    { component: 'export', unsupported: 'off' },
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
    { component: 'spans' },
  ),
  'traces.samplerRatio': field(
    RATIO,
    'OTEL_TRACES_SAMPLER_ARG',
    1,
    'Share of the traces, for the samplers with `traceidratio`.',
    { component: 'spans' },
  ),
  'traces.batch.maxQueueSize': field(
    integer(1, 1_000_000),
    'OTEL_BSP_MAX_QUEUE_SIZE',
    2048,
    'Ended spans that may wait; more are dropped and counted.',
    { component: 'spans' },
  ),
  'traces.batch.maxExportBatchSize': field(
    integer(1, 1_000_000),
    'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
    512,
    'Spans of one export, at most the size of the queue.',
    { component: 'spans' },
  ),
  'traces.batch.scheduledDelayMillis': field(
    MILLIS,
    'OTEL_BSP_SCHEDULE_DELAY',
    5000,
    'Longest time a span waits for its export.',
    { component: 'spans' },
  ),
  'traces.batch.exportTimeoutMillis': field(
    MILLIS,
    'OTEL_BSP_EXPORT_TIMEOUT',
    30_000,
    'Deadline of one export that a flush waits for; otherwise spans are tried again for up to 5 minutes.',
    { component: 'spans' },
  ),
  'traces.limits.attributeValueLength': field(
    integer(1, 10_000_000),
    ['OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT'],
    INPUT_LIMITS.attributeValueLength.value,
    'Characters of one attribute of a span; the rest is cut, so that no span makes the Collector refuse its batch.',
  ),
  'traces.limits.attributeCount': field(
    SPAN_ITEMS,
    ['OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'],
    128,
    'Attributes of one span; further ones are left out.',
  ),
  'traces.limits.eventCount': field(
    SPAN_ITEMS,
    'OTEL_SPAN_EVENT_COUNT_LIMIT',
    128,
    'Events of one span; the oldest are left out.',
  ),
  'traces.limits.linkCount': field(
    SPAN_ITEMS,
    'OTEL_SPAN_LINK_COUNT_LIMIT',
    128,
    'Links of one span; the oldest are left out.',
  ),
  'traces.limits.attributePerEventCount': field(
    SPAN_ITEMS,
    'OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT',
    128,
    'Attributes of one event of a span; further ones are left out.',
  ),
  'traces.limits.attributePerLinkCount': field(
    SPAN_ITEMS,
    'OTEL_LINK_ATTRIBUTE_COUNT_LIMIT',
    128,
    'Attributes of one link of a span; further ones are left out.',
  ),
  propagators: field(
    choices('tracecontext', 'baggage'),
    'OTEL_PROPAGATORS',
    ['tracecontext', 'baggage'],
    'How context crosses process borders.',
  ),
  registerGlobals: field(
    BOOLEAN,
    'LLM_EDGE_REGISTER_GLOBALS',
    false,
    'Register meter provider, context manager and propagator at the start: for programs without an SDK of their own.',
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
