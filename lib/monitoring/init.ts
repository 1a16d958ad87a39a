import type { BroughtProviders } from '../config/definitions.js';
import { type ConfigWarning, MonitoringError, warningText } from '../errors.js';
import { sharedState } from '../global-state.js';
import { logger } from '../logger.js';
import { globalMeterProvider, globalTracerProvider } from '../otlp/globals.js';
import { createMetricsPages } from '../prometheus/metrics-page.js';
import { DisabledMonitoring, type Monitoring } from './monitoring.js';
import {
  differences,
  type MonitoringConfig,
  type MonitoringOptions,
  resolveConfig,
} from './resolve-config.js';
import { Runtime, type RuntimeHooks } from './runtime.js';

/** What is different if a preload or a framework starts monitoring. */
export interface StartHooks extends RuntimeHooks {
  /** Called when the program starts monitoring with other options, which are then not in force; else it is refused. */
  readonly onDifferences?: (text: string) => void;
}

interface Running {
  readonly config: MonitoringConfig;
  readonly ready: Promise<Monitoring>;
  readonly runtime: Runtime | undefined;
  readonly hooks: StartHooks | undefined;
}

interface InitState {
  running: Running | undefined;
  /** Settles when a shutdown that has begun is finished, without a value or an error. */
  stopping: Promise<void> | undefined;
  /** What that shutdown stops. */
  stoppingRuntime: Runtime | undefined;
  /** Whether monitoring was ever started here, by whomever. */
  wasStarted: boolean;
  /** Which global providers existed before this package registered its own. */
  registered: BroughtProviders;
}

const state = sharedState<InitState>('init.v1', () => ({
  running: undefined,
  stopping: undefined,
  stoppingRuntime: undefined,
  wasStarted: false,
  registered: { meterProvider: false, tracerProvider: false },
}));

/** Logs everything in the environment that is not supported, as one text for each start. */
function logWarnings(warnings: readonly ConfigWarning[]): void {
  if (warnings.length > 0) logger().warn(warningText(warnings));
}

function start(config: MonitoringConfig, hooks: StartHooks | undefined): Running {
  const onStopping = (done: Promise<unknown>): void => {
    state.stoppingRuntime = state.running?.runtime;
    state.running = undefined;
    // The caller of `shutdown()` gets its error; the next start only waits until it is finished.
    const stopping = done
      .catch(() => undefined)
      .then(() => {
        if (state.stopping !== stopping) return;
        state.stopping = undefined;
        state.stoppingRuntime = undefined;
      });
    state.stopping = stopping;
  };
  if (!config.enabled) {
    const { timeoutMillis } = config.metrics;
    const pages = createMetricsPages({ scraper: () => 'monitoring is disabled', timeoutMillis });
    const disabled = new DisabledMonitoring(config, pages, onStopping);
    return { config, ready: Promise.resolve(disabled), runtime: undefined, hooks };
  }
  const runtime = Runtime.start(config, onStopping, hooks);
  const ready = runtime.open().then(
    () => {
      logWarnings(runtime.config.warnings);
      return runtime;
    },
    async (error: unknown) => {
      logWarnings(runtime.config.warnings);
      // A failed start leaves nothing running, and an error of the shutdown must not hide why opening failed.
      await runtime.shutdown().catch(() => undefined);
      throw error;
    },
  );
  return { config, ready, runtime, hooks };
}

/**
 * Starts monitoring for this process.
 *
 * Providers are in place before the first `await`: values recorded right after the call are counted. The promise
 * resolves when the scrape port listens. A second call with the same configuration returns the running monitoring.
 * After `shutdown()` it may be called again.
 *
 * If the preload `llm-edge-monitoring/register` started monitoring, its monitoring is returned, and a warning names the
 * options that differ: they are not in force.
 *
 * A value of the environment that is not supported switches off the component it belongs to, or is replaced by the
 * default; everything else starts. One warning in the diagnostic log lists these values, and
 * `monitoring.config.warnings` has the same as data.
 *
 * @param options - see {@link MonitoringOptions}; by default only the environment and the defaults apply.
 * @returns the running monitoring.
 * @throws {MonitoringError} ERR_INVALID_CONFIG when options are wrong, with a list of all problems;
 * ERR_ALREADY_INITIALIZED when it runs with another configuration; ERR_PORT_IN_USE and ERR_LISTEN_FAILED when the
 * scrape port cannot be opened.
 */
export async function initMonitoring(options: MonitoringOptions = {}): Promise<Monitoring> {
  return startOrReturn(options, undefined);
}

/** Starts monitoring like {@link initMonitoring}, but with hooks. */
export async function initWithHooks(options: MonitoringOptions, hooks: StartHooks): Promise<Monitoring> {
  return startOrReturn(options, hooks);
}

/** Whether monitoring was ever started in this process or thread. It may be shut down again. */
export function wasStarted(): boolean {
  return state.wasStarted;
}

/** The number of spans that would be lost if the process ended now. */
export function pendingSpans(): number {
  return (state.running?.runtime ?? state.stoppingRuntime)?.pendingSpans ?? 0;
}

async function startOrReturn(options: MonitoringOptions, hooks: StartHooks | undefined): Promise<Monitoring> {
  if (state.running === undefined && state.stopping === undefined) {
    state.registered = {
      meterProvider: globalMeterProvider() !== undefined,
      tracerProvider: globalTracerProvider() !== undefined,
    };
  }
  const resolved = resolveConfig(options, process.env, state.registered);
  if (!resolved.ok) throw resolved.error;
  state.wasStarted = true;
  // Providers must be in place before the first `await`, unless an earlier shutdown has not finished yet.
  if (state.running === undefined && state.stopping !== undefined) await state.stopping;
  if (state.running === undefined) state.running = start(resolved.value, hooks);
  else accept(state.running, resolved.value);
  return state.running.ready;
}

/** Accepts the running monitoring for a start with another configuration, or refuses it. */
function accept(running: Running, config: MonitoringConfig): void {
  const names = differences(running.config, config);
  if (names.length === 0) return;
  const onDifferences = running.hooks?.onDifferences;
  if (onDifferences === undefined) {
    throw new MonitoringError(
      'ERR_ALREADY_INITIALIZED',
      `monitoring is already running with another configuration (${names.join(', ')}): call shutdown() first, or pass the same options`,
    );
  }
  onDifferences(
    `initMonitoring() returns the monitoring that llm-edge-monitoring/register started from the environment, where ` +
      `these options have no effect: ${names.join(', ')}. Set them through environment variables, or start ` +
      'without the preload.',
  );
}
