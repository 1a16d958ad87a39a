import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';

/** Checks the `Authorization` header of scrapes. */
export interface Authorizer {
  /** Value of the `WWW-Authenticate` header of a refusal. */
  readonly challenge: string;
  isAuthorized(header: string | undefined): boolean;
}

/**
 * Creates an authorizer. The time it takes reveals nothing about the secret.
 *
 * @param expected - the header that a scrape must carry, such as `Bearer …` or `Basic …`; the scheme is compared
 *   without regard to case, as HTTP demands
 */
export function createAuthorizer(expected: string): Authorizer {
  const expectedDigest = digest(expected);
  const [scheme = ''] = expected.trim().split(' ', 1);
  return {
    challenge: `${scheme} realm="metrics"`,
    isAuthorized: (header) => timingSafeEqual(digest(header ?? ''), expectedDigest),
  };
}

/** All digests have one length, which `timingSafeEqual` needs, whatever the length of the credentials. */
function digest(header: string): Buffer {
  const [scheme = '', ...credentials] = header.trim().split(/ +/);
  return createHash('sha256')
    .update(`${scheme.toLowerCase()} ${credentials.join(' ')}`)
    .digest();
}

/** Returns whether the `Host` header of a request names a host that may be scraped here. */
export type HostCheck = (header: string | undefined) => boolean;

const HOST = /^(?:\[(?<ipv6>[^\]]+)\]|(?<name>[^:]+))(?::\d*)?$/;

/**
 * Creates a check against DNS rebinding: a web page whose name is made to resolve to this machine sends that name.
 * `localhost` and IP addresses cannot be taken over in that way.
 *
 * @param allowedHosts - further names, without port
 */
export function createHostCheck(allowedHosts: readonly string[]): HostCheck {
  const names = new Set(['localhost', ...allowedHosts.map(canonical)]);
  return (header) => {
    const { ipv6, name = '' } = HOST.exec(header ?? '')?.groups ?? {};
    if (ipv6 !== undefined) return isIP(ipv6) === 6;
    const host = canonical(name);
    return names.has(host) || isIP(host) === 4;
  };
}

function canonical(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
