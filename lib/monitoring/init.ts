import type { BroughtProviders } from '../config/components.js';
import { type ConfigWarning, MonitoringError, warningText } from '../errors.js';
import { sharedState } from '../global-state.js';
import { logger } from '../logger.js';
import { globalMeterProvider, globalTracerProvider } from '../otlp/globals.js';
import { DisabledMonitoring } from './disabled-monitoring.js';
import type { Monitoring } from './monitoring.js';
import type { MonitoringOptions } from './options.js';
import { type MonitoringConfig, resolveConfig } from './resolve-config.js';
import { Runtime } from './runtime.js';
import { sameConfig } from './same-config.js';

interface Running {
  readonly config: MonitoringConfig;
  readonly ready: Promise<Monitoring>;
}

interface InitState {
  running: Running | undefined;
  /** The end of a shutdown under way; settles without a value or an error. */
  stopping: Promise<void> | undefined;
  /** Which global providers were the user's before ours were registered. */
  registered: BroughtProviders;
}

const state = sharedState<InitState>('init.v1', () => ({
  running: undefined,
  stopping: undefined,
  registered: { meterProvider: false, tracerProvider: false },
}));

/** Tells once in each start, and in one text, what the environment asks for and does not get. */
function tell(warnings: readonly ConfigWarning[]): void {
  if (warnings.length > 0) logger().warn(warningText(warnings));
}

function start(config: MonitoringConfig): Running {
  const onStopping = (done: Promise<unknown>): void => {
    state.running = undefined;
    // Who called shutdown hears of its failure; who starts again only waits for its end.
    const stopping = done
      .catch(() => undefined)
      .then(() => {
        if (state.stopping === stopping) state.stopping = undefined;
      });
    state.stopping = stopping;
  };
  if (!config.enabled) return { config, ready: Promise.resolve(new DisabledMonitoring(config, onStopping)) };
  const runtime = Runtime.start(config, onStopping);
  const ready = runtime.open().then(
    () => {
      tell(runtime.config.warnings);
      return runtime;
    },
    async (error: unknown) => {
      tell(runtime.config.warnings);
      // Nothing may be left behind, and the reason why opening failed must not be hidden by a failing shutdown.
      await runtime.shutdown().catch(() => undefined);
      throw error;
    },
  );
  return { config, ready };
}

/**
 * Starts monitoring for this process.
 *
 * Providers are in place before the first `await`, so that what is recorded right after the call counts; the promise
 * resolves when the scrape port listens. A second call with the same configuration returns the running monitoring.
 * After `shutdown()` it may be called again.
 *
 * A value of the environment that is not supported switches off what it is about, or leaves the default in place, and
 * the rest starts: one warning in the diagnostic log says which, and `monitoring.config.warnings` has the same as data.
 *
 * @param options - see {@link MonitoringOptions}; by default all comes from the environment and the defaults.
 * @returns the running monitoring.
 * @throws {MonitoringError} ERR_INVALID_CONFIG when options are wrong, with a list of all problems;
 * ERR_ALREADY_INITIALIZED when it runs with another configuration; ERR_PORT_IN_USE and ERR_LISTEN_FAILED when the
 * scrape port cannot be opened.
 */
export async function initMonitoring(options: MonitoringOptions = {}): Promise<Monitoring> {
  if (state.running === undefined && state.stopping === undefined) {
    state.registered = {
      meterProvider: globalMeterProvider() !== undefined,
      tracerProvider: globalTracerProvider() !== undefined,
    };
  }
  const resolved = resolveConfig(options, process.env, state.registered);
  if (!resolved.ok) throw resolved.error;
  // Started at once where nothing is in the way: only a shutdown under way is worth an await before the providers.
  if (state.running === undefined && state.stopping !== undefined) await state.stopping;
  if (state.running === undefined) state.running = start(resolved.value);
  else if (!sameConfig(state.running.config, resolved.value)) {
    throw new MonitoringError(
      'ERR_ALREADY_INITIALIZED',
      'monitoring runs with another configuration: call shutdown() first, or pass the same options',
    );
  }
  return state.running.ready;
}
