import {
  type Context,
  type MeterProvider,
  ROOT_CONTEXT,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import type { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { Resource } from '@opentelemetry/resources';
import type { TelemetryConfig } from '../config/config.js';
import { type ConfigWarning, MonitoringError, messageOf } from '../errors.js';
import { loadTracesPipeline } from '../lazy.cjs';
import { claimContext, offerContext } from './context-claim.js';
import {
  globalMeterProvider,
  globalTracerProvider,
  lendTracerProvider,
  registerMeterProvider,
} from './globals.js';
import { createMetricsPipeline, type MetricsPipeline } from './metrics-pipeline.js';
import { createResource } from './resource.js';
import { settleAll } from './settle-all.js';
import type { PushOutcome } from './telling-exporter.js';
import type { SpanEvents } from './traces-pipeline.js';

/** Told of what became of what was sent. */
export interface TelemetryEvents extends SpanEvents {
  readonly onPush: (outcome: PushOutcome) => void;
  /** What the environment asks for and only the start shows to be impossible. */
  readonly onWarning: (warning: ConfigWarning) => void;
}

/** The providers in force, ours or the user's, and what they share. */
export interface Telemetry {
  readonly resource: Resource;
  readonly meterProvider: MeterProvider;
  /** Whether the meter provider is ours, which collects for the last time when it is shut down. */
  readonly ownsMeters: boolean;
  readonly tracerProvider: TracerProvider;
  /**
   * What to hand to an instrument as the context of a record. Views of ours do not read it, so that one for all
   * saves the SDK the look-up of the active one. Those of a user's own provider may: `undefined` there.
   */
  readonly recordContext: Context | undefined;
  /** What a scrape collects from; `undefined` where metrics are not scraped from us. */
  readonly scrapeReader: PrometheusExporter | undefined;
  /** Flushes our own providers; rejects with all that failed. */
  forceFlush(): Promise<void>;
  /** Shuts our own providers down; those of the user stay. */
  shutdown(): Promise<void>;
  /** Takes back what we put in place, where it still is. */
  release(): void;
}

/** The commonest reason for spans that do not arrive is that no Collector was ever started. */
function throwWithRemedy(cause: unknown, { traces, parts }: TelemetryConfig): never {
  if (parts.spanExporter !== undefined) throw cause;
  const remedy = 'start a Collector there, or export no spans with OTEL_TRACES_EXPORTER=none';
  throw new Error(`spans were not delivered to ${traces.endpoint} (${messageOf(cause)}): ${remedy}`, {
    cause,
  });
}

/** The key or the certificate of a client, which gRPC alone can read; from the environment it costs the spans alone. */
function certificateWarning(
  { variables, traces }: TelemetryConfig,
  cause: unknown,
): ConfigWarning | undefined {
  const [variable, other] = variables.filter((name) => /_CLIENT_(KEY|CERTIFICATE)$/.test(name));
  if (traces.clientKeyFile === undefined || variable === undefined || other === undefined) return undefined;
  return {
    option: 'traces.clientKeyFile',
    variable,
    seen: `files that gRPC refuses (${messageOf(cause)})`,
    effect: 'no spans are exported',
    remedy: `write a key and its certificate, PEM, into the files of ${variable} and ${other}`,
  };
}

function startTraces(
  config: TelemetryConfig,
  resource: Resource,
  events: TelemetryEvents,
  metrics: MetricsPipeline | undefined,
) {
  try {
    return loadTracesPipeline().createTracesPipeline(config, resource, events);
  } catch (cause) {
    const warning = certificateWarning(config, cause);
    if (warning !== undefined) {
      events.onWarning(warning);
      return undefined;
    }
    // Pushes would go on for ever with nobody to stop them.
    void metrics?.provider.shutdown().catch(() => undefined);
    throw new MonitoringError('ERR_INVALID_CONFIG', `spans cannot be exported: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** Starts what the user does not have: providers of theirs, passed in or global, are used as they are. */
export function startTelemetry(config: TelemetryConfig, events: TelemetryEvents): Telemetry {
  const resource = createResource(config);
  const usersMeters = config.parts.meterProvider ?? globalMeterProvider();
  const usersTracers = config.parts.tracerProvider ?? globalTracerProvider();
  const metrics =
    usersMeters === undefined ? createMetricsPipeline(config, resource, events.onPush) : undefined;
  // Where no spans are exported the trace half is not even loaded.
  const exportsSpans = config.traces.exporter !== 'none' || config.parts.spanExporter !== undefined;
  const traces =
    usersTracers === undefined && exportsSpans ? startTraces(config, resource, events, metrics) : undefined;
  const own = [metrics?.provider, traces].filter((provider) => provider !== undefined);
  const takeBack = putInPlace(config, metrics?.provider, traces);
  const all = async (step: (provider: (typeof own)[number]) => Promise<void>): Promise<void> => {
    const failures = await settleAll(
      own.map((provider) => async () => {
        const work = step(provider);
        await (provider === traces ? work.catch((error) => throwWithRemedy(error, config)) : work);
      }),
    );
    if (failures.length > 0) throw new AggregateError(failures, failures.map(messageOf).join('; '));
  };
  return {
    resource,
    // One of the two is there: ours is made exactly where the user has none.
    meterProvider: (usersMeters ?? metrics?.provider) as MeterProvider,
    ownsMeters: metrics !== undefined,
    recordContext: metrics && ROOT_CONTEXT,
    tracerProvider: usersTracers ?? traces ?? trace.getTracerProvider(),
    scrapeReader: metrics?.scrapeReader,
    forceFlush: () => all((provider) => provider.forceFlush()),
    shutdown: () => all((provider) => provider.shutdown()),
    release: takeBack,
  };
}

/**
 * Puts in place what the process lacks, and takes nothing that an SDK which is started later would be refused for,
 * unless the user said that there is none.
 *
 * @returns how to take back what is still ours.
 */
function putInPlace(
  { propagators, registerGlobals }: TelemetryConfig,
  meterProvider: MeterProvider | undefined,
  tracerProvider: TracerProvider | undefined,
): () => void {
  const undo = [offerContext(propagators)];
  if (tracerProvider !== undefined) undo.push(lendTracerProvider(tracerProvider));
  if (registerGlobals) {
    claimContext();
    if (meterProvider !== undefined) undo.push(registerMeterProvider(meterProvider));
  }
  return () => {
    for (const step of undo) step();
  };
}
