import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';

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

/** Hashes the credentials, because `timingSafeEqual` needs values of one length. */
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
 * Creates a check against DNS rebinding, where the name of a web page is made to resolve to this machine: its requests
 * carry that name. `localhost` and IP addresses cannot be used in that way.
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

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** The open connections to all listeners of one server, limited in number. */
export interface Connections {
  /** Counts the connections of a server and passes its requests to a handler. Call it before the server listens. */
  serve(server: Server, handler: Handler): void;
}

/**
 * Creates a limit on open connections. Beyond it, a new connection closes the oldest one without a request being
 * answered, whether that is silent, half-sent or kept alive. If all connections have one, the new one is refused.
 *
 * `maxConnections` of Node.js counts each listener separately and drops the new connection without an event, so that a few
 * idle ones would lock out every other client.
 *
 * Pipelined requests are read as fast as they arrive, and each is held until the page is made: a connection that sends
 * too many of them is closed.
 *
 * @param max - largest number of open connections
 */
export function createConnections(max: number): Connections {
  /** Number of requests being answered, by connection, oldest first. */
  const answers = new Map<Socket, number>();

  return {
    serve(server, handler) {
      server.on('connection', admit);
      server.on('request', (request, response) => {
        // Node.js still parses requests that arrived together with the one for which the connection was closed.
        if (request.socket.destroyed) return;
        if (isAnswerable(request.socket, response)) handler(request, response);
        else request.socket.destroy();
      });
    },
  };

  function admit(socket: Socket): void {
    if (answers.size >= max && !closeOldest()) {
      socket.destroy();
      return;
    }
    answers.set(socket, 0);
    socket.once('close', () => answers.delete(socket));
  }

  function closeOldest(): boolean {
    for (const [socket, count] of answers) {
      if (count > 0) continue;
      answers.delete(socket);
      socket.destroy();
      return true;
    }
    return false;
  }

  function isAnswerable(socket: Socket, response: ServerResponse): boolean {
    if ((answers.get(socket) ?? 0) >= INPUT_LIMITS.pipelined.value) return false;
    add(socket, 1);
    response.once('close', () => add(socket, -1));
    return true;
  }

  function add(socket: Socket, count: number): void {
    const answered = answers.get(socket);
    if (answered !== undefined) answers.set(socket, answered + count);
  }
}
