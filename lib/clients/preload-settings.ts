import { type Setting, setting, type ValuesOf } from '../config/definitions.js';
import type { Environment } from '../config/issues.js';
import { BOOLEAN, choice, choices, type Parser } from '../config/parsers.js';
import { PRELOAD_DEFAULTS, PRELOAD_VARIABLES } from '../config/preload-variables.js';
import { resolveVariable } from '../config/resolve.js';
import type { ConfigWarning } from '../errors.js';
import { GATEWAYS, UNRECOGNISED } from './fetch-options.js';
import { HOSTS_SETTING } from './host-variable.js';

const NAMES = choices('tracecontext', 'baggage');

/** Also accepts what the option does: `true` for the trace alone, `false` for nothing. */
const PROPAGATE: Parser<boolean | readonly ('tracecontext' | 'baggage')[]> = {
  ...NAMES,
  shape: `true, false, or ${NAMES.shape}`,
  parse: (value, source) => BOOLEAN.parse(value, source) ?? NAMES.parse(value, source),
};

/** Whether worker threads are monitored: `called` means those that call a model, from their first call on. */
export type WorkerThreads = 'called' | boolean;

const CALLED = choice('called');

const WORKER_THREADS: Parser<WorkerThreads> = {
  shape: `${CALLED.shape}, ${BOOLEAN.shape}`,
  parse: (value, source) => CALLED.parse(value, source) ?? BOOLEAN.parse(value, source),
  show: (text) => CALLED.show?.(text) ?? BOOLEAN.show?.(text),
};

/** What the preload reads from the environment beside the settings of `initMonitoring`. */
export const PRELOAD_SETTINGS = {
  gateways: setting(
    GATEWAYS,
    PRELOAD_VARIABLES.gateways,
    PRELOAD_DEFAULTS.gateways,
    'How calls through a gateway or router are counted: `separate` as `vercel/openai`, `merge` as `openai`.',
  ),
  hosts: HOSTS_SETTING,
  includeStreamUsage: setting(
    BOOLEAN,
    PRELOAD_VARIABLES.includeStreamUsage,
    PRELOAD_DEFAULTS.includeStreamUsage,
    'Add `stream_options: { include_usage: true }` to streamed chat completions that have no `stream_options`.',
  ),
  propagate: setting(
    PROPAGATE,
    PRELOAD_VARIABLES.propagate,
    PRELOAD_DEFAULTS.propagate,
    'Propagate the trace to the called host: `true` sends `traceparent` and `tracestate`; baggage only if named.',
  ),
  unrecognised: setting(
    UNRECOGNISED,
    PRELOAD_VARIABLES.unrecognised,
    PRELOAD_DEFAULTS.unrecognised,
    'Requests to unknown hosts that look like calls to a model: `count` them, or `observe` them under the name of the host.',
  ),
  estimateUsage: setting(
    BOOLEAN,
    PRELOAD_VARIABLES.estimateUsage,
    PRELOAD_DEFAULTS.estimateUsage,
    'Estimate the output of streams that are cut off before their usage, in separate metrics.',
  ),
  workerThreads: setting(
    WORKER_THREADS,
    PRELOAD_VARIABLES.workerThreads,
    PRELOAD_DEFAULTS.workerThreads,
    'Which worker threads are monitored: `called`, those that call a model, from their first call on; `true`, all from their start; `false`, none.',
  ),
} as const satisfies Record<string, Setting<never> | Setting<unknown>>;

/** The settings of the preload, and what is wrong with their variables. Never throws. */
export interface PreloadConfig {
  readonly settings: ValuesOf<typeof PRELOAD_SETTINGS>;
  readonly warnings: readonly ConfigWarning[];
}

/** Reads the settings of the preload. The default replaces a value that is not supported. */
export function readPreloadSettings(env: Environment): PreloadConfig {
  const settings: Record<string, unknown> = {};
  const warnings: ConfigWarning[] = [];
  for (const [option, row] of Object.entries(PRELOAD_SETTINGS) as [string, Setting<unknown>][]) {
    const { value, warnings: found } = resolveVariable(option, row, env);
    settings[option] = value;
    warnings.push(...found);
  }
  // The table above gives each setting its type.
  return { settings: settings as unknown as PreloadConfig['settings'], warnings };
}
