import { DEFAULT_SERIES_LIMITS } from '../catalogue/cardinality.js';
import { type Setting, setting } from './definitions.js';
import { METRICS_SETTINGS } from './metrics-settings.js';
import { listOf } from './nested-options.js';
import { BOOLEAN, choices, integer, MILLIS, objectWith, PAIRS, PROVIDERS, TEXT } from './parsers.js';
import { TRACES_SETTINGS } from './traces-settings.js';

const LIMIT = integer(1, 100_000);

/**
 * Every setting of the package, by the path of its option. The declarations in `options.ts` and the table of the README
 * are generated from it: `npm run docs`.
 */
export const SETTINGS = {
  enabled: setting(
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
  serviceName: setting(
    TEXT,
    'OTEL_SERVICE_NAME',
    undefined,
    'Resource attribute `service.name`; `llm-edge-agent` when nothing names the service.',
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
  'limits.providers': setting(
    LIMIT,
    'LLM_EDGE_LIMIT_PROVIDERS',
    DEFAULT_SERIES_LIMITS.providers,
    'Distinct providers; later ones become `other`.',
  ),
  'limits.models': setting(
    LIMIT,
    'LLM_EDGE_LIMIT_MODELS',
    DEFAULT_SERIES_LIMITS.models,
    'Distinct (provider, model) pairs; later models become `other` of their provider.',
  ),
  'limits.routes': setting(
    LIMIT,
    'LLM_EDGE_LIMIT_ROUTES',
    DEFAULT_SERIES_LIMITS.routes,
    'Distinct (from, to) pairs of failovers.',
  ),
  'limits.budgets': setting(
    LIMIT,
    'LLM_EDGE_LIMIT_BUDGETS',
    DEFAULT_SERIES_LIMITS.budgets,
    'Distinct budgets.',
  ),
  ...METRICS_SETTINGS,
  ...TRACES_SETTINGS,
  propagators: setting(
    choices('tracecontext', 'baggage'),
    'OTEL_PROPAGATORS',
    ['tracecontext', 'baggage'],
    'How context crosses process borders.',
  ),
  registerGlobals: setting(
    BOOLEAN,
    'LLM_EDGE_REGISTER_GLOBALS',
    false,
    'Register meter provider, context manager and propagator at the start: for programs without an SDK of their own.',
    {
      details:
        'Only what the process lacks is registered, and an SDK that is started later is refused for what is taken. By default nothing is registered at the start: `trace.getTracer()` returns our tracers until an SDK registers its provider; the context manager and the propagator are claimed with the first observed call or operation, if there is none by then; instruments from `metrics.getMeter()` are not on our page.',
    },
  ),
  shutdownOnSignals: setting(
    BOOLEAN,
    'LLM_EDGE_SHUTDOWN_ON_SIGNALS',
    false,
    'Flush and stop on SIGTERM and SIGINT, then let the process end as it would have.',
  ),
  shutdownTimeoutMillis: setting(
    MILLIS,
    'LLM_EDGE_SHUTDOWN_TIMEOUT',
    5000,
    'Deadline of `shutdown()` and `forceFlush()`.',
  ),
} as const satisfies Record<string, Setting<never> | Setting<unknown>>;

const DETECTOR = objectWith('detect', 'ResourceDetector', 'a resource detector');

/** Every option that is an object of the user's, used as it is, by its path. */
export const USER_OBJECTS: Readonly<Record<string, Pick<Setting<unknown>, 'parser' | 'description'>>> = {
  meterProvider: {
    parser: objectWith('getMeter', 'MeterProvider', 'a MeterProvider'),
    description: 'Used instead of a provider of ours; then no scrape port is opened.',
  },
  tracerProvider: {
    parser: objectWith('getTracer', 'TracerProvider', 'a TracerProvider'),
    description: 'Used instead of a provider of ours; then no spans are exported from here.',
  },
  'traces.spanExporter': {
    parser: objectWith('export', 'SpanExporter', 'a SpanExporter'),
    description: 'Takes the spans instead of the OTLP exporter; they are counted and batched all the same.',
  },
  resourceDetectors: {
    parser: {
      ...listOf({ ...DETECTOR, seen: (value) => (value === undefined ? 'null' : undefined) }, ''),
      type: 'readonly ResourceDetector[]',
      remedy: () => 'pass an array of resource detectors',
    },
    description: 'Detectors whose attributes come below all named ones; asynchronous ones are awaited.',
  },
};

type Head<Path> = Path extends `${infer First}.${string}` ? First : Path;

/** Turns `{ 'a.b': X }` into `{ a: { b: X } }`. */
type Nested<Values> = {
  readonly [Key in Head<keyof Values & string>]: Key extends keyof Values
    ? Values[Key]
    : Nested<{ [Path in keyof Values as Path extends `${Key}.${infer Rest}` ? Rest : never]: Values[Path] }>;
};

/** The settings as data: resolved, validated and frozen. */
export type Settings = Nested<SettingValues>;

/** The path of an option that is a setting. */
export type SettingPath = keyof typeof SETTINGS;

/** The resolved value of each setting. */
export type SettingValues = {
  readonly [Path in SettingPath]: (typeof SETTINGS)[Path] extends Setting<infer Value> & {
    readonly isOptional: infer IsOptional;
  }
    ? IsOptional extends true
      ? Value | undefined
      : Value
    : never;
};
