import { isName } from '../catalogue/names.js';
import type { ApiName } from '../catalogue/providers.js';
import { type Setting, setting, type ValuesOf } from '../config/definitions.js';
import type { Environment } from '../config/issues.js';
import { BOOLEAN, choices, type Parser } from '../config/parsers.js';
import { PRELOAD_VARIABLES } from '../config/preload-variables.js';
import { effectOf } from '../config/resolve.js';
import { resolveSetting } from '../config/resolve-setting.js';
import type { ConfigWarning } from '../errors.js';
import { APIS, isApi, UNRECOGNISED } from './fetch-options.js';
import { type HostOptions, hostOf } from './recognise.js';

type Hosts = Readonly<Record<string, HostOptions>>;

/** Hosts as the environment has them. */
const HOSTS: Parser<Hosts> = {
  shape: `host=provider or host=provider|api, separated by commas; api is one of ${APIS.join(', ')}`,
  parse: (value) => {
    const { hosts, wrong } = readHosts(String(value));
    return wrong.length === 0 ? hosts : undefined;
  },
  known: (text) => readHosts(text).hosts,
  // A wrong entry may contain a password, so only its place is shown.
  seen: (value) => `a wrong entry at place ${readHosts(String(value)).wrong.join(', ')} of the list`,
  remedy: () => 'write entries such as localhost:8000=vllm or gateway.internal=my-gateway|anthropic',
};

function readHosts(text: string): { readonly hosts: Hosts; readonly wrong: readonly number[] } {
  const hosts: Record<string, HostOptions> = {};
  const wrong: number[] = [];
  text.split(',').forEach((entry, index) => {
    if (entry.trim() === '') return;
    const at = entry.indexOf('=');
    const [provider, api, ...rest] = entry
      .slice(at + 1)
      .split('|')
      .map((part) => part.trim());
    const host = at < 1 ? undefined : hostOf(entry.slice(0, at).trim());
    const isRight = isName(provider) && (api === undefined || isApi(api)) && rest.length === 0;
    if (host === undefined || !isRight) wrong.push(index + 1);
    else hosts[host] = { provider, api: api as ApiName | undefined };
  });
  return { hosts, wrong };
}

const NAMES = choices('tracecontext', 'baggage');

/** Also accepts what the option does: `true` for the trace alone, `false` for nothing. */
const PROPAGATE: Parser<boolean | readonly ('tracecontext' | 'baggage')[]> = {
  ...NAMES,
  shape: `true, false, or ${NAMES.shape}`,
  parse: (value, source) => BOOLEAN.parse(value, source) ?? NAMES.parse(value, source),
};

/** What the preload reads from the environment beside the settings of `initMonitoring`. */
export const PRELOAD_SETTINGS = {
  hosts: setting(
    HOSTS,
    PRELOAD_VARIABLES.hosts,
    {},
    'Further hosts to observe, such as your own servers; a known host may be given another provider name.',
    { effect: 'entries that are not valid are left out' },
  ),
  includeStreamUsage: setting(
    BOOLEAN,
    PRELOAD_VARIABLES.includeStreamUsage,
    false,
    'Add `stream_options: { include_usage: true }` to streamed chat completions that have no `stream_options`.',
  ),
  propagate: setting(
    PROPAGATE,
    PRELOAD_VARIABLES.propagate,
    false,
    'Propagate the trace to the called host: `true` sends `traceparent` and `tracestate`; baggage only if named.',
  ),
  unrecognised: setting(
    UNRECOGNISED,
    PRELOAD_VARIABLES.unrecognised,
    'count',
    'Requests to unknown hosts that look like calls to a model: `count` them, or `observe` them under the name of the host.',
  ),
  estimateUsage: setting(
    BOOLEAN,
    PRELOAD_VARIABLES.estimateUsage,
    false,
    'Estimate the output of streams that are cut off before their usage, in metrics of their own.',
  ),
  workerThreads: setting(
    BOOLEAN,
    PRELOAD_VARIABLES.workerThreads,
    false,
    'Also monitor worker threads. Each is monitored separately: set `LLM_EDGE_METRICS_PORT=auto` for a page each.',
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
    const { value, unsupported } = resolveSetting(option, row, undefined, env);
    settings[option] = value;
    if (unsupported?.variable === undefined) continue;
    const { variable, seen, remedy } = unsupported;
    warnings.push({ option, variable, seen, remedy, effect: effectOf(row, value) });
  }
  // The table above gives each setting its type.
  return { settings: settings as unknown as PreloadConfig['settings'], warnings };
}
