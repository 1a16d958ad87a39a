import { createProblems, type Problems } from '../config/problems.js';
import { nameText } from '../config/seen.js';
import { isObject } from '../config/shapes.js';
import { configError } from '../errors.js';

const OPTIONS = ['hosts', 'propagate', 'includeStreamUsage'] as const;
const HOST_OPTIONS = ['provider', 'api'] as const;

/**
 * Checks what `instrumentFetch` is called with: a mistake would otherwise be calls that nobody counts.
 *
 * @throws {MonitoringError} ERR_INVALID_CONFIG with all problems
 */
export function checkFetchOptions(fetch: unknown, options: unknown): void {
  const problems = createProblems();
  if (typeof fetch !== 'function') {
    problems.add('fetch', fetch, 'pass the function first: instrumentFetch(globalThis.fetch, { hosts })');
  }
  if (!isObject(options)) {
    problems.add('options', options, 'pass an object');
  } else {
    problems.addUnknown('', options, OPTIONS);
    checkHosts((options as { readonly hosts?: unknown }).hosts, problems);
  }
  if (problems.list.length > 0) throw configError(problems.list);
}

function checkHosts(hosts: unknown, problems: Problems): void {
  if (hosts === undefined) return;
  if (!isObject(hosts)) {
    problems.add('hosts', hosts, 'write options by host');
    return;
  }
  for (const [host, value] of Object.entries(hosts)) {
    const text = nameText(host);
    const path = text === host ? `hosts['${host}']` : `hosts[${text}]`;
    if (!isObject(value)) {
      problems.add(path, value, "write an object, such as { provider: 'vllm' }");
      continue;
    }
    problems.addUnknown(path, value, HOST_OPTIONS);
    const { provider } = value as { readonly provider?: unknown };
    if (typeof provider !== 'string' || provider === '') {
      problems.add(`${path}.provider`, provider, "write the name of a provider, such as 'vllm'");
    }
  }
}
