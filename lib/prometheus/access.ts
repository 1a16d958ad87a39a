import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { nextTurn } from './turns.js';

/** Checks the `Authorization` header of requests. */
export interface Authorizer {
  /** Value of the `WWW-Authenticate` header of a refusal. */
  readonly challenge: string;
  isAuthorized(header: string | undefined): boolean;
}

/**
 * Creates an authorizer. The time it takes reveals nothing about the secret.
 *
 * @param expected - the header that a request must carry, such as `Bearer …` or `Basic …`; the scheme is compared
 *   without regard to case, as HTTP demands
 * @param realm - what the secret is for
 */
export function createAuthorizer(expected: string, realm: 'metrics' | 'status'): Authorizer {
  const expectedDigest = digest(expected);
  const [scheme = ''] = expected.trim().split(' ', 1);
  return {
    challenge: `${scheme} realm="${realm}"`,
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

/** What a connection has asked for last; a new one is `silent` until its first request. */
export type ConnectionKind = 'silent' | 'scraper' | 'viewer';

/** The open connections to all listeners of one server, limited in number for each kind. */
export interface Connections {
  /** Counts the connections of a server and passes its requests to a handler. Call it before the server listens. */
  serve(server: Server, handler: Handler): void;
}

/**
 * Creates a limit on open connections, apart for scrapers, for viewers of the status page, and for those that have sent
 * no request: however many viewers there are, no scraper is refused or loses the connection that it keeps open.
 *
 * Beyond the limit of its kind, a connection closes the oldest one of that kind on which no request is being answered.
 * If there is none, the new one is closed.
 *
 * `maxConnections` of Node.js counts each listener separately and drops the new connection without an event, so that a few
 * idle ones would lock out every other client.
 *
 * Pipelined requests are read as fast as they arrive, and each is held until the page is made: a connection that sends
 * too many of them is closed.
 *
 * @param max - largest number of open connections of each kind
 * @param kindOf - who sends such a request
 */
export function createConnections(
  max: number,
  kindOf: (request: IncomingMessage) => Exclude<ConnectionKind, 'silent'>,
): Connections {
  /** Number of requests being answered, by connection, oldest first. */
  const answers: Record<ConnectionKind, Map<Socket, number>> = {
    silent: new Map(),
    scraper: new Map(),
    viewer: new Map(),
  };
  const kinds = new WeakMap<Socket, ConnectionKind>();

  return {
    serve(server, handler) {
      server.on('connection', admit);
      server.on('request', (request, response) => {
        const { socket } = request;
        // Node.js still parses requests that arrived together with the one for which the connection was closed.
        if (socket.destroyed) return;
        move(socket, kindOf(request));
        if (socket.destroyed) return;
        if (isAnswerable(socket, response)) handler(request, response);
        else socket.destroy();
      });
    },
  };

  function admit(socket: Socket): void {
    kinds.set(socket, 'silent');
    answers.silent.set(socket, 0);
    socket.once('close', () => answersOf(socket).delete(socket));
    if (answers.silent.size > max) void closeSilent();
  }

  /**
   * Many connections are accepted in one turn of the event loop, and their requests are read in the next one: most of
   * them are silent no longer then.
   */
  async function closeSilent(): Promise<void> {
    await nextTurn();
    await nextTurn();
    while (answers.silent.size > max && closeOldest(answers.silent));
  }

  function move(socket: Socket, kind: ConnectionKind): void {
    const from = answersOf(socket);
    const to = answers[kind];
    if (from === to) return;
    if (to.size >= max && !closeOldest(to)) {
      socket.destroy();
      return;
    }
    to.set(socket, from.get(socket) ?? 0);
    from.delete(socket);
    kinds.set(socket, kind);
  }

  function answersOf(socket: Socket): Map<Socket, number> {
    return answers[kinds.get(socket) ?? 'silent'];
  }

  function closeOldest(ofKind: Map<Socket, number>): boolean {
    for (const [socket, count] of ofKind) {
      if (count > 0) continue;
      ofKind.delete(socket);
      socket.destroy();
      return true;
    }
    return false;
  }

  function isAnswerable(socket: Socket, response: ServerResponse): boolean {
    if ((answersOf(socket).get(socket) ?? 0) >= INPUT_LIMITS.pipelined.value) return false;
    add(socket, 1);
    response.once('close', () => add(socket, -1));
    return true;
  }

  function add(socket: Socket, count: number): void {
    const answered = answersOf(socket).get(socket);
    if (answered !== undefined) answersOf(socket).set(socket, answered + count);
  }
}
