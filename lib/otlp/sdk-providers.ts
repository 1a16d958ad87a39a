import { type Context, type MeterProvider, ROOT_CONTEXT, type TracerProvider } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { IMetricReader, ViewOptions } from '@opentelemetry/sdk-metrics';
import { maxSeries } from '../catalogue/cardinality.js';
import { METRIC_COUNT, METRICS } from '../catalogue/metrics.js';
import type { BroughtProviders } from '../config/definitions.js';
import { COMPONENTS, SENDERS } from '../config/definitions.js';
import { endpointText, type Signal } from '../config/otlp-endpoint.js';
import type { TelemetryConfig } from '../config/resolve.js';
import { type ConfigWarning, MonitoringError, messageOf } from '../errors.js';
import { loadMetrics } from '../lazy.cjs';
import { collectNow } from './collect-now.js';
import { settleAll } from './deadline.js';
import { genAiVersions, joinSources, type MetricSource, startGenAi } from './gen-ai-provider.js';
import {
  claimContext,
  globalMeterProvider,
  globalTracerProvider,
  lendTracers,
  offerContext,
  registerMeterProvider,
  registerTracers,
} from './globals.js';
import {
  createConsoleReader,
  createPushReader,
  createScrapeReader,
  type PushOutcome,
  type PushReader,
} from './metric-readers.js';
import { createResource } from './resource.js';
import type { SpanEvents } from './span-queue.js';
import { createTracesPipeline, type TracesPipeline } from './tracer-provider.js';
import { hasPortRemedy } from './wrong-endpoint.js';
import { differentService, overruledOptions } from './yield-warnings.js';
import { NO_SPANS, yieldingTracers } from './yielding-tracers.js';

const OTHER_SIGNAL = { metrics: 'traces', traces: 'metrics' } as const;

/** Called with the results of exports and of the start. */
export interface TelemetryEvents extends SpanEvents {
  readonly onPush: (outcome: PushOutcome) => void;
  /** Called for settings that have no effect, as only the start or another SDK shows. */
  readonly onWarnings: (warnings: readonly ConfigWarning[]) => void;
}

/** The providers in use, this package's or the user's, and what they share. */
export interface Telemetry {
  readonly resource: Resource;
  readonly meterProvider: MeterProvider;
  /** Where the metrics of the GenAI conventions are recorded; absent if they are off, or if nothing would show them. */
  readonly genAiMeterProvider: MeterProvider | undefined;
  /** Whether the meter provider is this package's, which collects for the last time when it is shut down. */
  readonly ownsMeters: boolean;
  readonly tracerProvider: TracerProvider;
  /**
   * The context to pass to an instrument with a record. The views of this package do not read it, so that one context
   * for all records spares the SDK the look-up of the active one. A user's views may read it, so it is `undefined` for
   * them.
   */
  readonly recordContext: Context | undefined;
  /** What a scrape collects from; `undefined` if this package serves no scrapes. */
  readonly scrapeReader: MetricSource | undefined;
  /** The number of spans that this package has neither exported nor dropped yet. */
  pendingSpans(): number;
  /** Flushes the providers of this package; rejects with everything that failed. */
  forceFlush(timeoutMillis: number): Promise<void>;
  /** Shuts the providers of this package down, not those of the user. No export outlasts the timeout. */
  shutdown(timeoutMillis: number): Promise<void>;
  /** Removes the registered globals that have not been replaced. */
  release(): void;
}

/** The MeterProviders of this package and what a scrape collects from. */
interface MetricsPipeline {
  readonly provider: MeterProvider;
  readonly genAiProvider: MeterProvider | undefined;
  readonly scrapeReader: MetricSource | undefined;
  forceFlush(): Promise<void>;
  shutdown(timeoutMillis: number): Promise<void>;
}

/** Starts the providers that the user does not have. The user's providers, passed in or global, are used unchanged. */
export function startTelemetry(config: TelemetryConfig, events: TelemetryEvents): Telemetry {
  const { parts } = config;
  const isShared = config.openTelemetry === 'shared';
  const resource = createResource(config);
  const usersMeters = parts.meterProvider ?? (isShared ? globalMeterProvider() : undefined);
  const usersTracers = parts.tracerProvider ?? (isShared ? globalTracerProvider() : undefined);
  const metrics = usersMeters === undefined ? startMetrics(config, resource, events) : undefined;
  const usersGenAi = genAiVersions(config).length > 0 ? usersMeters : undefined;
  const traces =
    usersTracers === undefined && exportsSpans(config)
      ? startTraces(config, resource, events, metrics)
      : undefined;
  const release = registerGlobals(config, metrics?.provider, traces?.provider);
  const onYield = (theirs: BroughtProviders, tracers: TracerProvider | undefined): void => {
    const found = [overruledOptions(config, theirs), tracers && differentService(resource, tracers)];
    events.onWarnings(found.filter((warning) => warning !== undefined));
  };
  const theirs = { meterProvider: usersMeters !== undefined, tracerProvider: usersTracers !== undefined };
  onYield(theirs, config.traces.spans === 'none' ? undefined : usersTracers);
  if (isYielding(config) && usersTracers === undefined) {
    yieldingTracers.onYield = (tracers) => {
      yieldingTracers.onYield = undefined;
      onYield({ meterProvider: false, tracerProvider: true }, tracers);
    };
  }
  const all = async (step: (ours: MetricsPipeline | TracesPipeline) => Promise<void>): Promise<void> => {
    const failures = await settleAll([
      async () => metrics && step(metrics),
      async () => traces && step(traces).catch((error: unknown) => throwWithRemedy(error, config)),
    ]);
    if (failures.length > 0) throw new AggregateError(failures, failures.map(messageOf).join('; '));
  };
  return {
    resource,
    // One of the two exists, because the pipeline is created exactly if the user has no provider.
    meterProvider: (usersMeters ?? metrics?.provider) as MeterProvider,
    genAiMeterProvider: metrics === undefined ? usersGenAi : metrics.genAiProvider,
    ownsMeters: metrics !== undefined,
    recordContext: metrics && ROOT_CONTEXT,
    tracerProvider: tracersFor(config, traces?.provider),
    scrapeReader: metrics?.scrapeReader,
    pendingSpans: () => traces?.pendingSpans() ?? 0,
    forceFlush: (timeoutMillis) => all((ours) => ours.forceFlush(timeoutMillis)),
    shutdown: (timeoutMillis) => all((ours) => ours.shutdown(timeoutMillis)),
    release,
  };
}

function exportsSpans({ traces, parts }: TelemetryConfig): boolean {
  return traces.spans !== 'none' && (traces.exporter !== 'none' || parts.spanExporter !== undefined);
}

/** Whether a provider that the user registers makes the spans of this package. */
function isYielding({ openTelemetry, parts, traces }: TelemetryConfig): boolean {
  return openTelemetry === 'shared' && parts.tracerProvider === undefined && traces.spans !== 'none';
}

/** The provider that makes the spans of requests and operations. */
function tracersFor(config: TelemetryConfig, own: TracerProvider | undefined): TracerProvider {
  if (config.traces.spans === 'none') return NO_SPANS;
  return isYielding(config) ? yieldingTracers : (config.parts.tracerProvider ?? own ?? NO_SPANS);
}

/** Makes the MeterProvider with the readers that the configuration selects. */
function startMetrics(config: TelemetryConfig, resource: Resource, events: TelemetryEvents): MetricsPipeline {
  const { MeterProvider } = loadMetrics();
  const { exporters } = config.metrics;
  const scrapeReader = exporters.includes('prometheus') ? createScrapeReader() : undefined;
  const push = exporters.includes('otlp') ? startPush(config, events) : undefined;
  const printer = exporters.includes('console') ? createConsoleReader(config.metrics) : undefined;
  const exporting = [push, printer].filter((each) => each !== undefined);
  const readers: IMetricReader[] = exporting.map(({ reader }) => reader);
  if (scrapeReader !== undefined) readers.push(scrapeReader);
  const provider = new MeterProvider({ resource, readers, views: cardinalityViews(config) });
  const genAi = startGenAi(config, resource, exporting);
  return {
    provider,
    genAiProvider: genAi?.provider,
    scrapeReader:
      scrapeReader &&
      joinSources(
        {
          collect: (options) => scrapeReader.collect(options),
          collectNow: () => collectNow(provider, scrapeReader),
        },
        genAi?.scraped,
      ),
    forceFlush: () => provider.forceFlush(),
    async shutdown(timeoutMillis) {
      push?.endWithin(timeoutMillis);
      try {
        await provider.shutdown();
      } finally {
        // After the last push, which collects from it.
        await genAi?.provider.shutdown();
      }
    },
  };
}

function startPush(config: TelemetryConfig, { onPush, onWarnings }: TelemetryEvents): PushReader | undefined {
  try {
    return createPushReader(config, onPush);
  } catch (cause) {
    const warning = certificateWarning('metrics', config, cause);
    if (warning === undefined) throw exportError('metrics cannot be pushed', cause);
    onWarnings([warning]);
    return undefined;
  }
}

/** The number of series that the SDK allows each instrument by default. */
const SDK_CARDINALITY_LIMIT = 2000;

/**
 * Raises the SDK's limit if the configured limits allow more series than its 2,000. Then only the label limits of this
 * package fold series, into `other`, which keeps the provider and is counted.
 */
function cardinalityViews(config: TelemetryConfig): ViewOptions[] {
  return Object.entries(METRICS).flatMap(([instrumentName, metric]) => {
    // One more than is needed: the SDK keeps the last slot for its overflow series.
    const aggregationCardinalityLimit = maxSeries(metric, config.limits, METRIC_COUNT) + 1;
    // The SDK matches each view with each instrument at the start, so that views without effect are left out.
    return aggregationCardinalityLimit > SDK_CARDINALITY_LIMIT
      ? [{ instrumentName, aggregationCardinalityLimit }]
      : [];
  });
}

function startTraces(
  config: TelemetryConfig,
  resource: Resource,
  events: TelemetryEvents,
  metrics: MetricsPipeline | undefined,
): TracesPipeline | undefined {
  try {
    return createTracesPipeline(config, resource, events);
  } catch (cause) {
    const warning = certificateWarning('traces', config, cause);
    if (warning !== undefined) {
      events.onWarnings([warning]);
      return undefined;
    }
    // Without this, pushes would continue forever, and no caller could stop them.
    void metrics?.shutdown(config.shutdownTimeoutMillis).catch(() => undefined);
    throw exportError('spans cannot be exported', cause);
  }
}

function exportError(what: string, cause: unknown): MonitoringError {
  return new MonitoringError('ERR_INVALID_CONFIG', `${what}: ${messageOf(cause)}`, { cause });
}

/** The ends of the names of the variables of a client certificate. */
const CLIENT_FILE = /_CLIENT_(KEY|CERTIFICATE)$/;

/** Reports a client key or certificate that TLS refuses. Where the environment names it, only this signal is lost. */
function certificateWarning(
  signal: Signal,
  { variables, [signal]: section }: TelemetryConfig,
  cause: unknown,
): ConfigWarning | undefined {
  const ofOther = OTHER_SIGNAL[signal].toUpperCase();
  const [variable, other] = variables.filter((name) => CLIENT_FILE.test(name) && !name.includes(ofOther));
  if (section.clientKeyFile === undefined || variable === undefined || other === undefined) return undefined;
  return {
    option: `${signal}.clientKeyFile`,
    variable,
    seen: `files that TLS cannot use (${messageOf(cause)})`,
    effect: COMPONENTS[SENDERS[signal]].offText ?? '',
    remedy: `write a key and its certificate in PEM format into the files of ${variable} and ${other}`,
  };
}

/** Adds a remedy: the most common reason for spans that do not arrive is that no Collector was started. */
function throwWithRemedy(cause: unknown, { traces, parts }: TelemetryConfig): never {
  if (parts.spanExporter !== undefined) throw cause;
  const reason = messageOf(cause);
  const remedy = 'start a Collector there, or turn span export off with OTEL_TRACES_EXPORTER=none';
  const text = `spans were not delivered to ${endpointText(traces.endpoint)} (${reason})`;
  // Where something answers, its answer says what to change.
  const isAnswered = hasPortRemedy(reason) || /^HTTP \d/.test(reason);
  throw new Error(isAnswered ? text : `${text}: ${remedy}`, { cause });
}

/**
 * Registers the globals that the process lacks and that the configuration names. Without `registerGlobals`, it registers
 * nothing that would make the API refuse an SDK that starts later.
 *
 * @returns a function that removes what has not been replaced.
 */
function registerGlobals(
  config: TelemetryConfig,
  meterProvider: MeterProvider | undefined,
  tracerProvider: TracerProvider | undefined,
): () => void {
  const names = config.registerGlobals || [];
  const undo = [offerContext(config.propagators)];
  if (names.includes('context')) claimContext();
  if (meterProvider !== undefined && names.includes('meters'))
    undo.push(registerMeterProvider(meterProvider));
  if (tracerProvider !== undefined && isYielding(config)) {
    undo.push(names.includes('tracers') ? registerTracers() : lendTracers());
    yieldingTracers.own = tracerProvider;
  }
  return () => {
    yieldingTracers.own = undefined;
    yieldingTracers.onYield = undefined;
    for (const step of undo) step();
  };
}
