import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import { messageOf } from '../../errors.js';
import { pageUrl } from '../page-url.js';

/** The pages of a fleet, which may change. */
export interface TargetList {
  /** What is watched, for the title. */
  readonly title: string;
  list(
    signal: AbortSignal,
  ): Promise<{ readonly urls: readonly string[]; readonly problem?: string | undefined }>;
}

/** The addresses of a name. */
export type Resolve = (name: string, signal: AbortSignal) => Promise<readonly string[]>;

const TARGETS_MAX = 256;
const RESOLVE_MILLIS = 5_000;
const DEFAULT_PORT = 9464;

/** Pages that are named one by one. A URL without a path means `/metrics`; one without a scheme, `http`. */
export function fixedTargets(texts: readonly string[]): TargetList | { readonly problem: string } {
  const urls = new Set<string>();
  for (const text of texts) {
    const url = pageUrl(text);
    if (url === undefined) return { problem: `${text} is not a URL such as http://localhost:9464/metrics.` };
    urls.add(url);
  }
  if (urls.size > TARGETS_MAX) return { problem: `At most ${TARGETS_MAX} targets can be watched.` };
  const [first = ''] = urls;
  const title = urls.size === 1 ? new URL(first).host : `${urls.size} targets`;
  return { title, list: async () => ({ urls: [...urls] }) };
}

/** The processes behind a name, such as a headless service of Kubernetes; resolved again with each list. */
export function resolvedTargets(
  text: string,
  resolve: Resolve = resolveName,
): TargetList | { readonly problem: string } {
  const [, name, port = String(DEFAULT_PORT)] = /^([a-z0-9._-]+)(?::(\d{1,5}))?$/i.exec(text) ?? [];
  if (name === undefined || Number(port) > 65_535 || Number(port) === 0) {
    return { problem: `--dns ${text} is not a name with a port, such as gateway.default.svc:9464.` };
  }
  let last: readonly string[] = [];
  return {
    title: `${name}:${port}`,
    async list(signal) {
      let problem: string | undefined;
      try {
        last = await resolve(name, signal);
        if (last.length > TARGETS_MAX) problem = `${name} has more than ${TARGETS_MAX} addresses`;
      } catch (error) {
        // A name without addresses has no processes now. A resolver that fails has not stopped those known before.
        if ((error as NodeJS.ErrnoException).code === 'ENOTFOUND') last = [];
        problem = `${name} cannot be resolved: ${messageOf(error)}`;
      }
      const urls = last.slice(0, TARGETS_MAX).map((address) => {
        return `http://${isIPv6(address) ? `[${address}]` : address}:${port}/metrics`;
      });
      return { urls, problem };
    },
  };
}

/** Asks the system, which knows search domains and the hosts file, as the name of a headless service needs. */
async function resolveName(name: string, signal: AbortSignal): Promise<readonly string[]> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(RESOLVE_MILLIS)]);
  const deadline = new Promise<never>((_, reject) => {
    limit.addEventListener('abort', () => reject(new Error(`no answer within ${RESOLVE_MILLIS} ms`)));
  });
  const addresses = await Promise.race([lookup(name, { all: true }), deadline]);
  return [...new Set(addresses.map(({ address }) => address))].sort();
}
