import { DEFAULT_SERIES_LIMITS, type SeriesLimits } from '../catalogue/cardinality.js';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import {
  type Nested,
  otlpSettings,
  otlpVariables,
  type Setting,
  SPAN_EXPORTER,
  setting,
  type ValuesOf,
} from './definitions.js';
import {
  AUTHORIZATION,
  BEARER,
  BOOLEAN,
  choice,
  choices,
  ENABLED,
  FOLDER,
  HOST,
  HOST_NAMES,
  integer,
  MILLIS,
  MILLIS_OR_ZERO,
  PAIRS,
  PATH,
  PORT,
  PROVIDERS,
  RATIO,
  TEXT,
} from './parsers.js';
import { REGISTER_GLOBALS } from './register-globals.js';
import { STABILITY_OPT_IN } from './stability-opt-in.js';

function seriesLimit(name: keyof SeriesLimits, variable: string, description: string) {
  return setting(integer(1, 100_000), variable, DEFAULT_SERIES_LIMITS[name], description);
}

function spanLimit(variables: string | readonly string[], description: string) {
  return setting(integer(0, 100_000), variables, 128, description, { component: 'spans' });
}

/**
 * Every setting of the package, by the path of its option. The declarations in `options.ts` and the tables of
 * docs/configuration.md are generated from it: `npm run docs`.
 */
export const SETTINGS = {
  enabled: setting(
    ENABLED,
    'OTEL_SDK_DISABLED',
    true,
    'Whether monitoring is active. The variable has the opposite meaning: `true` disables monitoring, any other value does not.',
    { effect: 'monitoring is not disabled' },
  ),
  serviceName: setting(
    TEXT,
    'OTEL_SERVICE_NAME',
    undefined,
    'Resource attribute `service.name`; `llm-edge-agent` when no source names the service.',
    { details: 'The variable wins over `service.name` in `OTEL_RESOURCE_ATTRIBUTES`.' },
  ),
  serviceVersion: setting(
    TEXT,
    'LLM_EDGE_SERVICE_VERSION',
    undefined,
    'Resource attribute `service.version`.',
  ),
  environment: setting(
    TEXT,
    'LLM_EDGE_ENVIRONMENT',
    undefined,
    'Resource attribute `deployment.environment.name`.',
  ),
  serviceInstanceId: setting(
    TEXT,
    'LLM_EDGE_SERVICE_INSTANCE_ID',
    undefined,
    'Resource attribute `service.instance.id`; one random UUID for each process when not set.',
  ),
  resourceAttributes: setting(PAIRS, 'OTEL_RESOURCE_ATTRIBUTES', {}, 'Further resource attributes.', {
    merged: true,
  }),
  providers: setting(
    PROVIDERS,
    'LLM_EDGE_PROVIDERS',
    {},
    'Providers and their models whose counters start at zero, so that `rate()` sees the first error.',
    { details: 'The variable reads `openai=gpt-4o|gpt-4o-mini,anthropic=claude-sonnet-4-5`.' },
  ),
  'limits.providers': seriesLimit(
    'providers',
    'LLM_EDGE_LIMIT_PROVIDERS',
    'Distinct providers; later ones become `other`.',
  ),
  'limits.models': seriesLimit(
    'models',
    'LLM_EDGE_LIMIT_MODELS',
    'Distinct (provider, model) pairs; later models become `other` of their provider.',
  ),
  'limits.routes': seriesLimit('routes', 'LLM_EDGE_LIMIT_ROUTES', 'Distinct (from, to) pairs of failovers.'),
  'limits.budgets': seriesLimit('budgets', 'LLM_EDGE_LIMIT_BUDGETS', 'Distinct budgets.'),
  'metrics.exporters': setting(
    choices('prometheus', 'otlp', 'console'),
    'OTEL_METRICS_EXPORTER',
    ['prometheus'],
    'Where metrics go: a port that Prometheus scrapes, pushes to a Collector, standard output, or `none`.',
    { component: 'meter', details: 'An empty list means none. For debugging, `console` prints all metrics.' },
  ),
  'metrics.host': setting(
    HOST,
    'OTEL_EXPORTER_PROMETHEUS_HOST',
    'localhost',
    'Address that the scrape port listens on; `0.0.0.0` opens it to the network.',
    { component: 'scrape', unsupported: 'off' },
  ),
  'metrics.port': setting(
    PORT,
    ['LLM_EDGE_METRICS_PORT', 'OTEL_EXPORTER_PROMETHEUS_PORT'],
    9464,
    'Scrape port; 0 takes any free one, `auto` the first free one from 9464 on; see `monitoring.metricsUrl`.',
    {
      component: 'scrape',
      unsupported: 'off',
      details:
        'With `none` no port is opened, and `monitoring.metricsHandler()` answers scrapes on your own server.',
    },
  ),
  'metrics.path': setting(PATH, 'LLM_EDGE_METRICS_PATH', '/metrics', 'Path to scrape.', {
    component: 'scrape',
  }),
  'metrics.timeoutMillis': setting(
    MILLIS,
    'LLM_EDGE_METRICS_TIMEOUT',
    10_000,
    'Deadline of one scrape; a scrape that exceeds it is answered with 503.',
    { component: 'scrape' },
  ),
  'metrics.authorization': setting(
    AUTHORIZATION,
    'LLM_EDGE_METRICS_AUTHORIZATION',
    undefined,
    'The `Authorization` header that a scrape must carry, such as `Bearer …`; open when not set.',
    { component: 'scrape', unsupported: 'off', secret: true },
  ),
  'metrics.allowedHosts': setting(
    HOST_NAMES,
    'LLM_EDGE_METRICS_ALLOWED_HOSTS',
    [],
    'Host names besides `localhost` under which a loopback port without authorization may be scraped.',
    {
      component: 'scrape',
      effect: 'entries that are not host names are left out',
      details:
        'A scrape with another name in its `Host` header is answered with 403; IP addresses are always allowed. Without this check a web page could read the metrics through a host name that it controls (DNS rebinding).',
    },
  ),
  'metrics.workersDir': setting(
    FOLDER,
    'LLM_EDGE_WORKERS_DIR',
    undefined,
    'Folder for the files through which the workers of one machine share a metrics page; by default, the folder of the system for temporary files.',
    {
      component: 'scrape',
      details:
        'An absolute path, on a local disk or in memory, not on a network. The workers of each user create a folder within it that is closed to other users. With `none` no page is shared.',
    },
  ),
  'metrics.lingerMillis': setting(
    MILLIS_OR_ZERO,
    'LLM_EDGE_METRICS_LINGER',
    0,
    'Longest time that `shutdown()` keeps the scrape port open for one last scrape.',
    {
      component: 'scrape',
      details:
        'The port closes as soon as a scrape is answered that began after the last record. The time of `shutdownTimeoutMillis` begins after this one. With 0 the port closes at once: what was recorded after the previous scrape is then in no scrape.',
    },
  ),
  ...otlpSettings('metrics', 'push', 'Collector that metrics are pushed to.', 'push', 'pushes'),
  'metrics.temporality': setting(
    choice('cumulative', 'delta', 'lowmemory'),
    'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
    'cumulative',
    'Whether pushes carry totals, as Prometheus needs them, or the increase since the previous push.',
    {
      component: 'push',
      details: '`lowmemory` is `delta` where that needs less memory. A scrape always shows totals.',
    },
  ),
  'metrics.exportIntervalMillis': setting(
    MILLIS,
    'OTEL_METRIC_EXPORT_INTERVAL',
    60_000,
    'Time between two pushes.',
    { component: 'push' },
  ),
  'metrics.exportTimeoutMillis': setting(
    MILLIS,
    'OTEL_METRIC_EXPORT_TIMEOUT',
    30_000,
    'Deadline of one push, never longer than `shutdownTimeoutMillis`.',
    { component: 'push' },
  ),
  'statusPage.enabled': setting(
    BOOLEAN,
    'LLM_EDGE_STATUS_PAGE',
    true,
    'Whether the scrape port has a status page at `/` and its data under `/api/v1/`.',
    {
      component: 'status',
      unsupported: 'off',
      details: '`false` instead of the object is shorthand for it.',
    },
  ),
  'statusPage.authorization': setting(
    BEARER,
    'LLM_EDGE_STATUS_AUTHORIZATION',
    undefined,
    'The `Authorization` header that requests for the data of the status page must carry, such as `Bearer …`.',
    {
      component: 'status',
      unsupported: 'off',
      secret: true,
      details:
        'When not set, the data are open on loopback, and a port that is open to the network has no status page. Independent of `metrics.authorization`.',
    },
  ),
  'traces.spans': setting(
    choice('all', 'none'),
    'LLM_EDGE_TRACES',
    'all',
    'Whether spans are created: with `none` this package creates none, whichever provider is in use.',
    {
      details:
        "The string `'none'` instead of the object is shorthand for it. The spans of others and their context are not affected: `propagate` then sends the active span of the user.",
    },
  ),
  'traces.exporter': setting(
    SPAN_EXPORTER,
    'OTEL_TRACES_EXPORTER',
    'otlp',
    'Where spans go: a Collector, standard output, both, or `none`.',
    {
      component: 'tracer',
      details: 'For debugging, `console` prints each span as it ends; these are not counted as exported.',
    },
  ),
  ...otlpSettings('traces', 'export', 'Collector that spans are sent to.', 'export', 'exports'),
  'traces.timeoutMillis': setting(
    MILLIS,
    otlpVariables('traces', 'TIMEOUT'),
    10_000,
    'Deadline of one attempt to export, never longer than `shutdownTimeoutMillis`.',
    { component: 'spans' },
  ),
  'traces.sampler': setting(
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
  'traces.samplerRatio': setting(
    RATIO,
    'OTEL_TRACES_SAMPLER_ARG',
    1,
    'Share of the traces that are sampled, for the samplers with `traceidratio`.',
    { component: 'spans' },
  ),
  'traces.costAttributes': setting(
    choices('langfuse', 'openinference'),
    'LLM_EDGE_COST_ATTRIBUTES',
    [],
    'Further attribute names for the cost on a span, in US dollars, in addition to `gen_ai.usage.cost`.',
  ),
  'traces.batch.maxQueueSize': setting(
    integer(1, 1_000_000),
    'OTEL_BSP_MAX_QUEUE_SIZE',
    2048,
    'Ended spans that may wait for their export; further ones are dropped and counted.',
    { component: 'spans' },
  ),
  'traces.batch.maxExportBatchSize': setting(
    integer(1, 1_000_000),
    'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
    512,
    'Spans of one export, at most the size of the queue.',
    { component: 'spans' },
  ),
  'traces.batch.scheduledDelayMillis': setting(
    MILLIS,
    'OTEL_BSP_SCHEDULE_DELAY',
    5000,
    'Longest time that a span waits for its export.',
    { component: 'spans' },
  ),
  'traces.batch.exportTimeoutMillis': setting(
    MILLIS,
    'OTEL_BSP_EXPORT_TIMEOUT',
    30_000,
    'Deadline of one export; spans are retried for up to 5 minutes.',
    { component: 'spans' },
  ),
  'traces.limits.attributeValueLength': setting(
    integer(1, 10_000_000),
    ['OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT'],
    INPUT_LIMITS.attributeValueLength.value,
    'Characters of one attribute of a span. Longer values are cut, so that the Collector does not refuse the batch.',
    { component: 'spans' },
  ),
  'traces.limits.attributeCount': spanLimit(
    ['OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'],
    'Attributes of one span; further ones are left out.',
  ),
  'traces.limits.eventCount': spanLimit(
    'OTEL_SPAN_EVENT_COUNT_LIMIT',
    'Events of one span; the oldest are left out.',
  ),
  'traces.limits.linkCount': spanLimit(
    'OTEL_SPAN_LINK_COUNT_LIMIT',
    'Links of one span; the oldest are left out.',
  ),
  'traces.limits.attributePerEventCount': spanLimit(
    'OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT',
    'Attributes of one event of a span; further ones are left out.',
  ),
  'traces.limits.attributePerLinkCount': spanLimit(
    'OTEL_LINK_ATTRIBUTE_COUNT_LIMIT',
    'Attributes of one link of a span; further ones are left out.',
  ),
  'genAi.metrics': setting(
    choice('none', 'v1.41', 'next', 'both'),
    ['LLM_EDGE_GEN_AI_METRICS', 'OTEL_SEMCONV_STABILITY_OPT_IN'],
    'none',
    'Metrics of the GenAI semantic conventions (`gen_ai.*`) to push: of version 1.41, of the next one, or of both.',
    {
      parsers: { OTEL_SEMCONV_STABILITY_OPT_IN: STABILITY_OPT_IN },
      details:
        'See `docs/gen-ai-metrics.md`. The second variable is a list for all conventions: only `gen_ai_latest_experimental` is read, which means `next`, and the same with `/dup`, which means `both`.',
    },
  ),
  'genAi.scrape': setting(
    BOOLEAN,
    'LLM_EDGE_GEN_AI_SCRAPE',
    false,
    'Whether a scrape shows these metrics as well, under the names that the OTLP receiver of Prometheus gives them.',
  ),
  propagators: setting(
    choices('tracecontext', 'baggage'),
    'OTEL_PROPAGATORS',
    ['tracecontext', 'baggage'],
    'How context crosses process boundaries.',
  ),
  openTelemetry: setting(
    choice('shared', 'own'),
    'LLM_EDGE_OPENTELEMETRY',
    'shared',
    'Whether providers that another OpenTelemetry SDK registers, before or after, create the spans and take the metrics of this package, or its own providers always do.',
    {
      details:
        'With `shared`, a registered tracer provider makes and exports the spans, and a meter provider that is registered before the start takes the metrics. With `own`, the providers of this package make and export what this package observes, whatever is registered; its spans are still children of the active span, and `trace.getTracer()` is left to the other SDK. A provider that is passed as an option is used in either case.',
    },
  ),
  registerGlobals: setting(
    REGISTER_GLOBALS,
    'LLM_EDGE_REGISTER_GLOBALS',
    false,
    'What is registered globally at the start, all or some: for programs without another OpenTelemetry SDK.',
    {
      details:
        'Only what the process lacks is registered; an SDK that starts later cannot register these again. By default nothing is registered at the start: `trace.getTracer()` returns tracers of this package until an SDK registers its provider; the context manager and the propagator are registered with the first observed call or operation, if there is none by then; instruments from `metrics.getMeter()` are not part of the scrape.',
    },
  ),
  shutdownOnSignals: setting(
    BOOLEAN,
    'LLM_EDGE_SHUTDOWN_ON_SIGNALS',
    false,
    'Flush and shut down on SIGTERM and SIGINT, then let the process end as it would without this option.',
  ),
  shutdownTimeoutMillis: setting(
    MILLIS,
    'LLM_EDGE_SHUTDOWN_TIMEOUT',
    5000,
    'Deadline of `shutdown()` and `forceFlush()`.',
  ),
} as const satisfies Record<string, Setting<never> | Setting<unknown>>;

/** The settings as data: resolved, validated and frozen. */
export type Settings = Nested<ValuesOf<typeof SETTINGS>>;

/** The path of an option that is a setting. */
export type SettingPath = keyof typeof SETTINGS;
