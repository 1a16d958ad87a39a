import { domainOf } from './host-table.js';
import { pathOf, withOneLoopback } from './url-parts.js';

/** More wildcards would make the time to compare a host grow too fast. */
const WILDCARDS_MAX = 2;

const EXAMPLE = "such as 'localhost:8000'";

/**
 * Reads the name of a host from the options: a host or URL, with the beginning of the path if it has one. A `*` in the
 * host stands for any text.
 *
 * @returns the host in the form that URLs are compared in, and the path; `undefined` if the name is wrong.
 */
export function readHostName(text: string): string | undefined {
  const url = parse(text);
  if (url === undefined || remedyForUrl(url) !== undefined) return undefined;
  return withOneLoopback(withoutPort(url.host)) + pathOf(url.pathname);
}

/** Says what to write instead of a name that is wrong. The name is not shown, since it may contain a password. */
export function remedyForHostName(text: string): string {
  const url = parse(text);
  // A wrong part may keep the whole from being parsed.
  if (text.includes('@')) return `write the host without user and password, ${EXAMPLE}`;
  return (
    (url && remedyForUrl(url)) ??
    `write a host and, unless it is the default of the scheme, its port, ${EXAMPLE}`
  );
}

function parse(text: string): URL | undefined {
  try {
    const url = new URL(text.includes('://') ? text : `https://${text}`);
    return /^https?:$/.test(url.protocol) && url.host !== '' ? url : undefined;
  } catch {
    // Not a URL: the caller reports it.
    return undefined;
  }
}

function remedyForUrl({ username, password, host, pathname, search, hash }: URL): string | undefined {
  if (username !== '' || password !== '') return `write the host without user and password, ${EXAMPLE}`;
  if (search !== '' || hash !== '') return "write the host without query, such as 'gateway.internal/openai'";
  if (pathname.includes('*'))
    return 'write a * in the host only: a path covers every path that begins with it';
  if (!host.includes('*')) return undefined;
  if (host.split('*').length > WILDCARDS_MAX + 1) return `write at most ${WILDCARDS_MAX} * in a host`;
  // Without a domain, a pattern would match hosts of others.
  return /^\.[^.:]/.test(domainOf(host)) ? undefined : "write a domain after the *, such as '*.corp.example'";
}

/** Removes a port that URLs leave out. */
function withoutPort(host: string): string {
  return host.replace(/:(?:443|80)$/, '');
}
