import { remedyForUnknown } from '../config/spelling.js';
import { type ConfigProblem, configError } from '../errors.js';

const OPTIONS = ['hosts', 'propagate', 'includeStreamUsage'] as const;
const HOST_OPTIONS = ['provider', 'api'] as const;

/**
 * Checks what `instrumentFetch` is called with: a mistake would otherwise be calls that nobody counts.
 *
 * @throws {MonitoringError} ERR_INVALID_CONFIG with all problems
 */
export function checkFetchOptions(fetch: unknown, options: unknown): void {
  const problems: ConfigProblem[] = [];
  const add = (option: string, seen: unknown, remedy: string): void => {
    problems.push({ option, variable: undefined, seen: seen === null ? 'null' : typeof seen, remedy });
  };
  const addUnknown = (path: string, value: object, known: readonly string[]): void => {
    for (const [name, seen] of Object.entries(value)) {
      if (!known.includes(name)) add(`${path}${name}`, seen, remedyForUnknown(name, known));
    }
  };
  if (typeof fetch !== 'function') {
    add('fetch', fetch, 'pass the function first: instrumentFetch(globalThis.fetch, { hosts })');
  }
  if (!isObject(options)) {
    add('options', options, 'pass an object');
  } else {
    addUnknown('', options, OPTIONS);
    const { hosts } = options as { readonly hosts?: unknown };
    if (hosts !== undefined && !isObject(hosts)) add('hosts', hosts, 'write options by host');
    for (const [host, value] of isObject(hosts) ? Object.entries(hosts) : []) {
      const path = `hosts['${host}']`;
      if (!isObject(value)) {
        add(path, value, "write an object, such as { provider: 'vllm' }");
        continue;
      }
      addUnknown(`${path}.`, value, HOST_OPTIONS);
      const { provider } = value as { readonly provider?: unknown };
      if (typeof provider !== 'string' || provider === '') {
        add(`${path}.provider`, provider, "write the name of a provider, such as 'vllm'");
      }
    }
  }
  if (problems.length > 0) throw configError(problems);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
