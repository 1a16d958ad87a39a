import { isIP } from 'node:net';

/** Says whether the `Host` header of a request names a host that may be asked for here. */
export type HostCheck = (header: string | undefined) => boolean;

const HOST = /^(?:\[(?<ipv6>[^\]]+)\]|(?<name>[^:]+))(?::\d*)?$/;

/**
 * Makes a check against DNS rebinding: a web page whose name is made to resolve to this machine sends that name.
 * `localhost` and IP addresses cannot be taken over so.
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
