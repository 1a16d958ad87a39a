import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { showHost } from '../config/redact.js';
import { MonitoringError, messageOf } from '../errors.js';

/** Servers listening on one port of one host. */
export interface Listening {
  readonly servers: readonly Server[];
  readonly port: number;
}

/**
 * `localhost` has two addresses, and a listener on a name takes only the first one that the system's resolver returns.
 * A scraper that tries the other one would be refused or reach another program.
 */
const LOCALHOST_ADDRESSES = ['127.0.0.1', '::1'] as const;

/** Error codes of a machine that lacks one address family; the other one is used alone. */
const NO_SUCH_ADDRESS: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EPROTONOSUPPORT']);

/** The ports that `auto` tries in turn: one range, so that a static list of scrape targets can name them. */
const AUTO_PORTS: readonly number[] = Array.from({ length: 16 }, (_, index) => 9464 + index);

/** Attempts to find a port that is free on both addresses of `localhost` if any port is accepted. */
const FREE_PORT_ATTEMPTS = 5;

/**
 * Listens on a host, on both addresses if it is `localhost`.
 *
 * @param createServer - called once for each address
 * @param port - 0 takes any free port, `auto` the first free one of its list
 * @throws {MonitoringError} ERR_PORT_IN_USE when the port is taken, ERR_LISTEN_FAILED when the host cannot be
 *   listened on
 */
export async function listen(
  createServer: () => Server,
  host: string,
  port: number | 'auto',
): Promise<Listening> {
  if (port !== 'auto') return listenOnPort(createServer, host, port);
  for (const candidate of AUTO_PORTS) {
    try {
      return await listenOnPort(createServer, host, candidate);
    } catch (error) {
      if (!isPortInUse(error)) throw error;
    }
  }
  return listenOnPort(createServer, host, 0);
}

/** Whether an error says that another process, or another server of this one, holds the port. */
export function isPortInUse(error: unknown): boolean {
  return error instanceof MonitoringError && error.code === 'ERR_PORT_IN_USE';
}

async function listenOnPort(createServer: () => Server, host: string, port: number): Promise<Listening> {
  if (host !== 'localhost') {
    const server = createServer();
    return { servers: [server], port: await listenOn(server, host, port).catch(fail(host, port)) };
  }
  for (let attempt = 1; ; attempt++) {
    try {
      return await listenOnLocalhost(createServer, port);
    } catch (error) {
      if (port !== 0 || codeOf(error) !== 'EADDRINUSE' || attempt === FREE_PORT_ATTEMPTS)
        fail(host, port)(error);
    }
  }
}

async function listenOnLocalhost(createServer: () => Server, wantedPort: number): Promise<Listening> {
  const servers: Server[] = [];
  let port = wantedPort;
  let lastError: unknown;
  for (const address of LOCALHOST_ADDRESSES) {
    const server = createServer();
    try {
      port = await listenOn(server, address, port);
      servers.push(server);
    } catch (error) {
      lastError = error;
      if (NO_SUCH_ADDRESS.has(codeOf(error))) continue;
      for (const open of servers) open.close();
      throw error;
    }
  }
  if (servers.length === 0) throw lastError;
  return { servers, port };
}

function listenOn(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // Exclusive: workers of node:cluster would otherwise share the port, and each scrape would reach a different one.
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function fail(host: string, port: number): (error: unknown) => never {
  // The host may be any text, a secret put into the wrong variable among them.
  const hostText = showHost(host);
  const where = hostText === undefined ? `port ${port} of the configured host` : `${host}:${port}`;
  return (error) => {
    // The error of Node.js quotes the host too.
    const cause =
      hostText === undefined ? Object.assign(new Error(codeOf(error)), { code: codeOf(error) }) : error;
    if (codeOf(error) === 'EADDRINUSE') {
      throw new MonitoringError(
        'ERR_PORT_IN_USE',
        `Cannot serve metrics on ${where}: the port is in use, and not by a worker of the same user, service.name ` +
          'and LLM_EDGE_WORKERS_DIR, which would share its page. Stop the process that holds it, or choose another ' +
          'port with OTEL_EXPORTER_PROMETHEUS_PORT; LLM_EDGE_METRICS_PORT=auto picks a free one.',
        { cause },
      );
    }
    throw new MonitoringError(
      'ERR_LISTEN_FAILED',
      `Cannot serve metrics on ${where}: ${messageOf(cause)}. Check OTEL_EXPORTER_PROMETHEUS_HOST and ` +
        'OTEL_EXPORTER_PROMETHEUS_PORT.',
      { cause },
    );
  };
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
