import { isName } from '../catalogue/names.js';
import type { ApiName } from '../catalogue/providers.js';
import { Issues } from '../config/issues.js';
import { objectOf, optional, readOptions, recordOf } from '../config/nested-options.js';
import { BOOLEAN, check, choice } from '../config/parsers.js';
import { configError } from '../errors.js';
import type { PropagatorName } from '../otlp/propagator.js';
import type { ChangeConfig } from './change-request.js';
import { PATHS } from './endpoints.js';
import type { UnrecognisedMode } from './examine-call.js';
import { type HostOptions, hostOf } from './recognise.js';

/** The options of `instrumentFetch`. They are read once, so later changes of the options object have no effect. */
export interface FetchConfig extends ChangeConfig {
  readonly hosts: Readonly<Record<string, HostOptions>>;
  readonly unrecognised: UnrecognisedMode;
  readonly estimateUsage: boolean;
}

/** The names of the APIs that a host may have. */
export const APIS: readonly string[] = [...Object.keys(PATHS), 'google'];
const PROPAGATORS: readonly string[] = ['tracecontext', 'baggage'];

export const isApi = (value: unknown): value is ApiName => APIS.includes(value as string);

const HOST = objectOf<HostOptions>(
  {
    provider: check(isName, "the name of a provider, such as 'vllm'"),
    api: optional(check(isApi, `one of ${APIS.join(', ')}, or leave it out`)),
  },
  "an object, such as { provider: 'vllm' }",
);

const HOSTS = recordOf(HOST, "options by host: { 'localhost:8000': { provider: 'vllm' } }", {
  // The path has the index instead of the name, because the name may contain a password.
  pathOf: (path, _name, index) => `${path}[${index}]`,
  read(name, { path, issues }) {
    const host = hostOf(name);
    if (host === undefined) issues.add(path, name, remedyForHost(name));
    return host;
  },
});

const PROPAGATE = {
  shape: "true, false, or a list of 'tracecontext' and 'baggage'",
  parse: (value: unknown): readonly PropagatorName[] | undefined => {
    if (typeof value === 'boolean') return value ? ['tracecontext'] : [];
    const names: readonly unknown[] = Array.isArray(value) ? [...new Set(value)] : [undefined];
    return names.every((name) => PROPAGATORS.includes(name as string))
      ? (names as readonly PropagatorName[])
      : undefined;
  },
};

/** How requests to unknown hosts that look like calls to a model are counted. */
export const UNRECOGNISED = choice<UnrecognisedMode>('count', 'observe');

/** The parsed values of the options. */
interface ReadOptions {
  readonly hosts: ReadonlyMap<string, HostOptions>;
  readonly propagate: readonly PropagatorName[];
  readonly includeStreamUsage: boolean;
  readonly unrecognised: UnrecognisedMode;
  readonly estimateUsage: boolean;
}

/** The parser of each option of `instrumentFetch`; the compiler requires one for every option. */
const OPTIONS = objectOf<{ readonly [Name in keyof ReadOptions]?: ReadOptions[Name] }>(
  {
    includeStreamUsage: optional(BOOLEAN),
    hosts: optional(HOSTS),
    propagate: optional(PROPAGATE),
    unrecognised: optional(UNRECOGNISED),
    estimateUsage: optional(BOOLEAN),
  },
  'an object',
);

/**
 * Reads and checks the arguments of `instrumentFetch`. Without the check, a mistake would leave calls uncounted.
 *
 * @throws {MonitoringError} ERR_INVALID_CONFIG with all problems
 */
export function resolveFetchOptions(fetch: unknown, options: unknown): FetchConfig {
  const issues = new Issues();
  if (typeof fetch !== 'function') {
    issues.add('fetch', fetch, 'pass the function first: instrumentFetch(globalThis.fetch, { hosts })');
  }
  const read = readOptions(OPTIONS, options, issues);
  if (read === undefined || issues.list.length > 0) throw configError(issues.list);
  const { hosts = [], propagate = [], includeStreamUsage = false } = read;
  const { unrecognised = 'count', estimateUsage = false } = read;
  return {
    hosts: Object.fromEntries(hosts),
    propagators: propagate,
    includeStreamUsage,
    unrecognised,
    estimateUsage,
  };
}

function remedyForHost(host: string): string {
  const example = "such as 'localhost:8000'";
  if (host.includes('*')) return `write each host whole, ${example}: patterns are not known`;
  if (host.includes('@')) return `write the host without user and password, ${example}`;
  return `write a host and, where it is not that of the scheme, its port, ${example}`;
}
