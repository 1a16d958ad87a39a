import { isName } from '../catalogue/names.js';
import { Issues } from '../config/issues.js';
import { inPlace, objectOf, optional, readOptions, recordOf } from '../config/nested-options.js';
import { BOOLEAN, check, choice, type Parser } from '../config/parsers.js';
import { resolveVariable } from '../config/resolve.js';
import { configError, warningText } from '../errors.js';
import { logger } from '../logger.js';
import type { PropagatorName } from '../otlp/propagator.js';
import type { ChangeConfig } from './change-request.js';
import { readHostName, remedyForHostName } from './host-names.js';
import {
  APIS,
  DIALECTS,
  type HostEntry,
  type HostFunction,
  type HostOptions,
  isApi,
  isConsistent,
  isDialect,
} from './host-options.js';
import { splitHost } from './host-table.js';
import { HOSTS_SETTING, type NamedHosts } from './host-variable.js';
import type { Gateways } from './routed-provider.js';
import type { UnrecognisedMode } from './unrecognised.js';

/** The options of `instrumentFetch`. They are read once, so later changes of the options object have no effect. */
export interface FetchConfig extends ChangeConfig {
  /** Those of the options and of the environment. */
  readonly hosts: readonly HostEntry[];
  readonly gateways: Gateways;
  readonly unrecognised: UnrecognisedMode;
  readonly estimateUsage: boolean;
}

const PROPAGATORS: readonly string[] = ['tracecontext', 'baggage'];

const HOST_OBJECT = objectOf<HostOptions>(
  {
    provider: check(isName, "the name of a provider, such as 'vllm'"),
    api: optional(check(isApi, `one of ${APIS.join(', ')}, or leave it out`)),
    dialect: optional(check(isDialect, `one of ${DIALECTS.join(', ')}, or leave it out`)),
  },
  "an object, such as { provider: 'vllm' }, or a function",
);

const HOST: Parser<HostOptions | HostFunction> = inPlace(HOST_OBJECT.shape, (value, place) => {
  if (typeof value === 'function') return value as HostFunction;
  const options = HOST_OBJECT.parse(value, 'option', place);
  if (options === undefined || isConsistent(options)) return options;
  place.issues.add(
    `${place.path}.api`,
    options.api,
    `leave it out: the dialect ${options.dialect} has others`,
  );
  return undefined;
});

const HOSTS = recordOf(HOST, "options by host: { 'localhost:8000': { provider: 'vllm' } }", {
  // The path has the index instead of the name, because the name may contain a password.
  pathOf: (path, _name, index) => `${path}[${index}]`,
  read(name, { path, issues }) {
    const host = readHostName(name);
    if (host === undefined) issues.add(path, name, remedyForHostName(name));
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

/** How calls through an intermediary are counted. */
export const GATEWAYS = choice('separate', 'merge');
/** How requests to unknown hosts that look like calls to a model are counted. */
export const UNRECOGNISED = choice<UnrecognisedMode>('count', 'observe');

/** The parsed values of the options. */
interface ReadOptions {
  readonly gateways: Gateways;
  readonly hosts: ReadonlyMap<string, HostOptions | HostFunction>;
  readonly propagate: readonly PropagatorName[];
  readonly includeStreamUsage: boolean;
  readonly unrecognised: UnrecognisedMode;
  readonly estimateUsage: boolean;
}

/** The parser of each option of `instrumentFetch`; the compiler requires one for every option. */
const OPTIONS = objectOf<{ readonly [Name in keyof ReadOptions]?: ReadOptions[Name] }>(
  {
    gateways: optional(GATEWAYS),
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
  const { gateways = 'separate', hosts, propagate = [], includeStreamUsage = false } = read;
  const { unrecognised = 'count', estimateUsage = false } = read;
  return {
    gateways,
    hosts: withHostsOfEnvironment(hosts),
    propagators: propagate,
    includeStreamUsage,
    unrecognised,
    estimateUsage,
  };
}

/** The hosts of the options, and those of the environment that they do not name. */
export function withHostsOfEnvironment(hosts: ReadOptions['hosts'] = new Map()): readonly HostEntry[] {
  const entries = [...new Map<string, HostOptions | HostFunction>([...hostsOfEnvironment(), ...hosts])];
  return entries.map(([name, row]) => ({ ...splitHost(name), options: row }));
}

function hostsOfEnvironment(): NamedHosts {
  try {
    const { value, warnings } = resolveVariable('hosts', HOSTS_SETTING, process.env);
    if (warnings.length > 0) logger().warn(warningText(warnings));
    return value;
  } catch {
    // There is no process, or Deno does not permit to read its environment.
    return new Map();
  }
}

/** The option that calls over sockets have. */
const SOCKET_OPTIONS = objectOf<{ readonly hosts?: ReadOptions['hosts'] }>(
  { hosts: optional(HOSTS) },
  'an object',
);

/**
 * Reads and checks the arguments of `instrumentWebSocket`.
 *
 * @param problem - what is wrong with the first argument, if anything is.
 * @throws {MonitoringError} ERR_INVALID_CONFIG with all problems
 */
export function resolveSocketOptions(
  socket: unknown,
  problem: string | undefined,
  options: unknown,
): FetchConfig['hosts'] {
  const issues = new Issues();
  if (problem !== undefined) issues.add('WebSocket', socket, problem);
  const read = readOptions(SOCKET_OPTIONS, options, issues);
  if (read === undefined || issues.list.length > 0) throw configError(issues.list);
  return withHostsOfEnvironment(read.hosts);
}
