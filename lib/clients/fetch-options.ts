import { createProblems, type Problems } from '../config/problems.js';
import { isObject, isRecord } from '../config/shapes.js';
import { configError } from '../errors.js';
import type { PropagatorName } from '../otlp/late-propagator.js';
import type { ChangeConfig } from './change-request.js';
import { type ApiName, PATHS } from './endpoints.js';
import { type HostOptions, hostOf } from './recognise.js';

const OPTIONS = ['hosts', 'propagate', 'includeStreamUsage'] as const;
const HOST_OPTIONS = ['provider', 'api'] as const;
const APIS: readonly string[] = [...Object.keys(PATHS), 'google'];
const PROPAGATORS: readonly string[] = ['tracecontext', 'baggage'];

/** What `instrumentFetch` goes by: read once, so that options which change or throw later change no call. */
export interface FetchConfig extends ChangeConfig {
  readonly hosts: Readonly<Record<string, HostOptions>>;
}

/**
 * Reads and checks what `instrumentFetch` is called with: a mistake would otherwise be calls that nobody counts.
 *
 * @throws {MonitoringError} ERR_INVALID_CONFIG with all problems
 */
export function resolveFetchOptions(fetch: unknown, options: unknown): FetchConfig {
  const problems = createProblems();
  if (typeof fetch !== 'function') {
    problems.add('fetch', fetch, 'pass the function first: instrumentFetch(globalThis.fetch, { hosts })');
  }
  let config: FetchConfig | undefined;
  try {
    config = readOptions(options, problems);
  } catch {
    // A getter of the user's, or a proxy: what it throws may say anything.
    problems.add('options', undefined, 'pass a plain object: these options throw when they are read');
  }
  if (config === undefined || problems.list.length > 0) throw configError(problems.list);
  return config;
}

function readOptions(options: unknown, problems: Problems): FetchConfig | undefined {
  if (!isObject(options)) {
    problems.add('options', options, 'pass an object');
    return undefined;
  }
  const members = { ...options };
  problems.addUnknown('', members, OPTIONS);
  const { hosts, propagate, includeStreamUsage } = members as Readonly<Record<string, unknown>>;
  if (includeStreamUsage !== undefined && typeof includeStreamUsage !== 'boolean') {
    problems.add('includeStreamUsage', includeStreamUsage, 'write true or false');
  }
  return {
    hosts: readHosts(hosts, problems),
    propagators: readPropagators(propagate, problems),
    includeStreamUsage: includeStreamUsage === true,
  };
}

function readPropagators(propagate: unknown, problems: Problems): readonly PropagatorName[] {
  if (propagate === undefined || propagate === false) return [];
  if (propagate === true) return ['tracecontext'];
  const names: readonly unknown[] = Array.isArray(propagate) ? [...new Set(propagate)] : [undefined];
  if (names.every((name) => PROPAGATORS.includes(name as string))) return names as readonly PropagatorName[];
  problems.add('propagate', propagate, "write true, false, or a list of 'tracecontext' and 'baggage'");
  return [];
}

function readHosts(hosts: unknown, problems: Problems): Readonly<Record<string, HostOptions>> {
  const read: Record<string, HostOptions> = Object.create(null);
  if (hosts === undefined) return read;
  // A map has no members to read the hosts from.
  if (!isRecord(hosts) || Object.prototype.toString.call(hosts) !== '[object Object]') {
    problems.add('hosts', hosts, "write options by host: { 'localhost:8000': { provider: 'vllm' } }");
    return read;
  }
  Object.entries(hosts).forEach(([name, value], index) => {
    // By its place: what is written for a host may hold a password.
    const path = `hosts[${index}]`;
    const host = hostOf(name);
    if (host === undefined) problems.add(path, name, remedyFor(name));
    const options = readHost(path, value, problems);
    if (host !== undefined && options !== undefined) read[host] = options;
  });
  return read;
}

function remedyFor(host: string): string {
  const example = "such as 'localhost:8000'";
  if (host.includes('*')) return `write each host whole, ${example}: patterns are not known`;
  if (host.includes('@')) return `write the host without user and password, ${example}`;
  return `write a host and, where it is not that of the scheme, its port, ${example}`;
}

function readHost(path: string, value: unknown, problems: Problems): HostOptions | undefined {
  if (!isRecord(value)) {
    problems.add(path, value, "write an object, such as { provider: 'vllm' }");
    return undefined;
  }
  const members = { ...value };
  problems.addUnknown(path, members, HOST_OPTIONS);
  const { provider, api } = members;
  if (typeof provider !== 'string' || provider === '') {
    problems.add(`${path}.provider`, provider, "write the name of a provider, such as 'vllm'");
    return undefined;
  }
  if (api === undefined) return { provider };
  if (!APIS.includes(api as string)) {
    problems.add(`${path}.api`, api, `write one of ${APIS.join(', ')}, or leave it out`);
  }
  return { provider, api: api as ApiName };
}
