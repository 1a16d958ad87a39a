import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { loadHttp, loadScraping } from '../lazy.cjs';
import { logger } from '../logger.js';
import { type SetTimer, setUnrefTimer } from '../otlp/deadline.js';
import { type Connections, createConnections } from './connections.js';
import type { ExemplarSource } from './exemplar-source.js';
import { listen } from './listen.js';
import type { ScrapeReport } from './scrape-handler.js';
import type { Collector } from './scraper.js';

/** What the scrape server serves, where, and to whom. */
export interface ScrapeServerOptions {
  /** `localhost` listens on 127.0.0.1 and on ::1, where the machine has both. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Path of the metrics, such as `/metrics`. */
  readonly path: string;
  readonly reader: Collector;
  /** Longest time for a scrape, in milliseconds; a scraper that names a shorter one gets that. */
  readonly timeoutMillis: number;
  readonly exemplars?: ExemplarSource | undefined;
  /**
   * The `Authorization` header that a scrape must carry, such as `Bearer …`; `/healthz` asks for none. Absent means
   * that whoever reaches the port may scrape.
   */
  readonly authorization?: string | undefined;
  /** Names beside `localhost` that a scrape may ask for where the host is checked; see {@link startScrapeServer}. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Called once for each scrape, before its answer is sent. */
  readonly onScrape?: ((report: ScrapeReport) => void) | undefined;
  readonly setTimer?: SetTimer | undefined;
  readonly now?: (() => number) | undefined;
}

/** A scrape server that listens. It does not keep the process alive. */
export interface ScrapeServer {
  /** Where to scrape, with the port that was really taken. */
  readonly url: string;
  /** Stops at once, open connections included. Resolves when the port is free; later calls share the promise. */
  close(): Promise<void>;
}

/** Limits that keep slow and greedy clients from holding memory and connections. */
const SERVER_LIMITS = {
  headersTimeout: INPUT_LIMITS.scrapeHeaders.value,
  requestTimeout: INPUT_LIMITS.scrapeRequest.value,
  keepAliveTimeout: INPUT_LIMITS.scrapeIdle.value,
  connectionsCheckingInterval: 2_500,
};

const LOOPBACK = /^(?:::1|(?:::ffff:)?127\.[\d.]+)$/i;

const WILDCARD_HOSTS: ReadonlySet<string> = new Set(['0.0.0.0', '::', '']);

/**
 * Starts to serve the metrics of a MetricReader.
 *
 * GET and HEAD of the path answer 200 with text 0.0.4 or OpenMetrics 1.0.0, whichever the scraper prefers; 500 when
 * a callback or the collection fails, so that Prometheus sees `up` fall instead of a page with metrics missing;
 * 503 when the deadline passes. `/healthz` answers 200 while the process lives.
 *
 * Where it listens on loopback and asks for no authorization, a scrape whose `Host` is neither `localhost`, an IP
 * address nor one of `allowedHosts` is answered with 403.
 *
 * @throws {MonitoringError} ERR_PORT_IN_USE or ERR_LISTEN_FAILED; a later call may succeed
 */
export async function startScrapeServer(options: ScrapeServerOptions): Promise<ScrapeServer> {
  const { host, path } = options;
  const connections = createConnections(INPUT_LIMITS.connections.value);
  const handler = createLateHandler(() => createHandler(options, servers.every(isOnLoopback)));
  const { servers, port } = await listen(() => createServer(handler, connections), host, options.port);
  for (const server of servers)
    server.on('error', (error) => logger().error('the scrape server met an error.', error));
  let closed: Promise<void> | undefined;
  return {
    url: `http://${urlHost(host)}:${port}${path}`,
    close() {
      closed ??= Promise.all(servers.map(closeServer)).then(() => undefined);
      return closed;
    },
  };
}

/** Answers requests with code that is loaded with the first of them, when the process has long started. */
function createLateHandler(create: () => RequestListener): RequestListener {
  let handler: RequestListener | undefined;
  return (request, response) => {
    try {
      handler ??= create();
    } catch (error) {
      // Files of the package that are gone, as in an installation under way, must not end the process.
      logger().error('the code that answers scrapes cannot be loaded.', error);
      response.writeHead(500).end();
      return;
    }
    handler(request, response);
  };
}

function createHandler(options: ScrapeServerOptions, isLoopback: boolean): RequestListener {
  const { createAuthorizer, createHostCheck, createScrapeHandler, createScraper } = loadScraping();
  const { reader, exemplars, path, timeoutMillis, authorization, allowedHosts = [], onScrape } = options;
  const setTimer = options.setTimer ?? setUnrefTimer;
  const now = options.now ?? (() => performance.now());
  return createScrapeHandler({
    scraper: createScraper({ reader, timeoutMillis, exemplars, setTimer, now }),
    path,
    timeoutMillis,
    authorizer: authorization === undefined ? undefined : createAuthorizer(authorization),
    // Elsewhere scrapers ask for the names and addresses of pods and services, which nobody here knows.
    hostCheck: isLoopback && authorization === undefined ? createHostCheck(allowedHosts) : undefined,
    onScrape,
    setTimer,
    now,
  });
}

function createServer(handler: RequestListener, connections: Connections): Server {
  const server = loadHttp().createServer(SERVER_LIMITS);
  connections.serve(server, handler);
  server.on('checkExpectation', refuseExpectation);
  // A scraper keeps its connection open between scrapes, and each of those would keep the process alive.
  server.on('connection', (socket) => socket.unref());
  return server.unref();
}

/** As Node would, but the connection does not stay open. */
function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(417, { connection: 'close' }).end();
}

/** By the address that was really taken: a name may stand for any. */
function isOnLoopback(server: Server): boolean {
  const address = server.address();
  if (typeof address !== 'object' || address === null) return false;
  return LOOPBACK.test(address.address);
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function urlHost(host: string): string {
  if (WILDCARD_HOSTS.has(host)) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
