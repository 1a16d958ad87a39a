import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { loadHttp } from '../lazy.cjs';
import { logger } from '../logger.js';
import { createConnections, createHostCheck } from './access.js';
import { listen } from './listen.js';
import { answerOnce, type RequestListener, refusesMethod } from './scrape-handler.js';

/**
 * Answers the requests of viewers at one path.
 *
 * @param isLoopback - whether only programs of this machine can reach the server
 */
export type ViewerHandler = (request: IncomingMessage, response: ServerResponse, isLoopback: boolean) => void;

/** Options of {@link startScrapeServer}. */
export interface ScrapeServerOptions {
  /** `localhost` listens on 127.0.0.1 and on ::1, where the machine has both. */
  readonly host: string;
  /** 0 takes any free port, `auto` the first free one from 9464 on. */
  readonly port: number | 'auto';
  /** Path of the metrics, such as `/metrics`. */
  readonly path: string;
  /** Answers the scrapes. */
  readonly handler: RequestListener;
  /** Whether the handler demands authorization; the host of a scrape is not checked then. */
  readonly isAuthorized: boolean;
  /** Host names beside `localhost` that are accepted where the host is checked; see {@link startScrapeServer}. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Further handlers by path; the path of the metrics and that of the probe win. */
  readonly viewers?: ReadonlyMap<string, ViewerHandler> | undefined;
}

/** A listening scrape server. It does not keep the process alive. */
export interface ScrapeServer {
  /** URL of the metrics, with the actual port. */
  readonly url: string;
  /** Stops at once, open connections included. Resolves when the port is free; later calls share the promise. */
  close(): Promise<void>;
}

/** Keep slow and greedy clients from holding memory and connections. */
const SERVER_LIMITS = {
  headersTimeout: INPUT_LIMITS.scrapeHeaders.value,
  requestTimeout: INPUT_LIMITS.scrapeRequest.value,
  keepAliveTimeout: INPUT_LIMITS.scrapeIdle.value,
  connectionsCheckingInterval: 2_500,
};

const LOOPBACK = /^(?:::1|(?:::ffff:)?127\.[\d.]+)$/i;

/** Path of the liveness probe; it needs no authorization and collects nothing. */
const HEALTH_PATH = '/healthz';

const FORBIDDEN_HOST =
  'the Host of this request is neither localhost nor an IP address; add its name to metrics.allowedHosts ' +
  '(LLM_EDGE_METRICS_ALLOWED_HOSTS)';

const WILDCARD_HOSTS: ReadonlySet<string> = new Set(['0.0.0.0', '::', '']);

/**
 * Starts serving metrics.
 *
 * GET and HEAD of the path answer 200 with text 0.0.4 or OpenMetrics 1.0.0, whichever the scraper prefers; 500 when
 * a callback or the collection fails, so that Prometheus sees `up` fall instead of a page with metrics missing;
 * 503 when the deadline passes. `/healthz` answers 200 while the process lives.
 *
 * If it listens on loopback, a request of a viewer, or a scrape that needs no authorization, whose `Host` is neither
 * `localhost`, an IP address nor one of `allowedHosts` is answered with 403.
 *
 * @throws {MonitoringError} ERR_PORT_IN_USE or ERR_LISTEN_FAILED; a later call may succeed
 */
export async function startScrapeServer(options: ScrapeServerOptions): Promise<ScrapeServer> {
  const { host, path } = options;
  const connections = createConnections(INPUT_LIMITS.connections.value, (request) => {
    const target = pathOf(request);
    return target === path || target === HEALTH_PATH ? 'scraper' : 'viewer';
  });
  const created: Server[] = [];
  const handler = createHandler(options, () => created.every(isOnLoopback));
  const createServer = (): Server => {
    const server = createUnrefServer();
    connections.serve(server, handler);
    created.push(server);
    return server;
  };
  const { servers, port } = await listen(createServer, host, options.port);
  for (const server of servers)
    server.on('error', (error) => logger().error('the scrape server reported an error.', error));
  let closed: Promise<void> | undefined;
  return {
    url: scrapeUrl(host, port, path),
    close() {
      closed ??= Promise.all(servers.map(closeServer)).then(() => undefined);
      return closed;
    },
  };
}

function createHandler(options: ScrapeServerOptions, isLoopback: () => boolean): RequestListener {
  const { path, handler, isAuthorized, allowedHosts = [], viewers } = options;
  const isKnownHost = createHostCheck(allowedHosts);
  return (request, response) => {
    const target = pathOf(request);
    const viewer = target === path || target === HEALTH_PATH ? undefined : viewers?.get(target);
    if (target !== path && target !== HEALTH_PATH && viewer === undefined) {
      answerOnce(request, response, 404, `not found; the metrics are at ${path}`);
    } else if (refusesMethod(request, response)) return;
    else if (target === HEALTH_PATH && path !== HEALTH_PATH) answerOnce(request, response, 200, 'ok');
    // Beyond loopback, clients use names and addresses of pods and services, which this process does not know.
    else if ((viewer !== undefined || !isAuthorized) && isLoopback() && !isKnownHost(request.headers.host)) {
      answerOnce(request, response, 403, FORBIDDEN_HOST);
    } else if (viewer !== undefined) viewer(request, response, isLoopback());
    else handler(request, response);
  };
}

/** Returns the target as it was sent, without its query: a URL parser would change `//x/metrics` to another path. */
function pathOf({ url = '' }: IncomingMessage): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}

/** A server that does not keep the process alive. */
function createUnrefServer(): Server {
  const server = loadHttp().createServer(SERVER_LIMITS);
  server.on('checkExpectation', refuseExpectation);
  // A scraper keeps its connection open between scrapes, and each of those would keep the process alive.
  server.on('connection', (socket) => socket.unref());
  return server.unref();
}

/** Answers as Node.js does by default, but closes the connection. */
function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(417, { connection: 'close' }).end();
}

/** Tests the actual address, since a name may resolve to any. A server that failed to listen has none. */
function isOnLoopback(server: Server): boolean {
  const address = server.address();
  if (address === null) return true;
  return typeof address === 'object' && LOOPBACK.test(address.address);
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** The URL of the metrics that are served at a host and port. */
export function scrapeUrl(host: string, port: number, path: string): string {
  return `http://${urlHost(host)}:${port}${path}`;
}

function urlHost(host: string): string {
  if (WILDCARD_HOSTS.has(host)) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
