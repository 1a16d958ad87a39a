import type { RequestListener, Server } from 'node:http';
import { loadHttp, loadScraping } from '../lazy.cjs';
import { logger } from '../logger.js';
import type { ExemplarSource } from './exemplar-source.js';
import { listen } from './listen.js';
import type { ScrapeReport } from './scrape-handler.js';
import type { Collector } from './scraper.js';
import { type SetTimer, setUnrefTimer } from './timer.js';

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
const SERVER_LIMITS = { headersTimeout: 5_000, requestTimeout: 10_000, connectionsCheckingInterval: 2_500 };
const CONNECTIONS_MAX = 64;
/** Longer than a scrape interval, so that scrapers keep their connection. */
const KEEP_ALIVE_MILLIS = 75_000;

const WILDCARD_HOSTS: ReadonlySet<string> = new Set(['0.0.0.0', '::', '']);

/**
 * Starts to serve the metrics of a MetricReader.
 *
 * GET and HEAD of the path answer 200 with text 0.0.4 or OpenMetrics 1.0.0, whichever the scraper prefers; 500 when
 * a callback or the collection fails, so that Prometheus sees `up` fall instead of a page with metrics missing;
 * 503 when the deadline passes. `/healthz` answers 200 while the process lives.
 *
 * @throws {MonitoringError} ERR_PORT_IN_USE or ERR_LISTEN_FAILED; a later call may succeed
 */
export async function startScrapeServer(options: ScrapeServerOptions): Promise<ScrapeServer> {
  const { host, path } = options;
  const handler = createLateHandler(options);
  const { servers, port } = await listen(() => createLimitedServer(handler), host, options.port);
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
function createLateHandler(options: ScrapeServerOptions): RequestListener {
  let handler: RequestListener | undefined;
  return (request, response) => {
    try {
      handler ??= createHandler(options);
    } catch (error) {
      // Files of the package that are gone, as in an installation under way, must not end the process.
      logger().error('the code that answers scrapes cannot be loaded.', error);
      response.writeHead(500).end();
      return;
    }
    handler(request, response);
  };
}

function createHandler(options: ScrapeServerOptions): RequestListener {
  const { createAuthorizer, createScrapeHandler, createScraper } = loadScraping();
  const { reader, exemplars, path, timeoutMillis, authorization, onScrape } = options;
  const setTimer = options.setTimer ?? setUnrefTimer;
  const now = options.now ?? (() => performance.now());
  return createScrapeHandler({
    scraper: createScraper({ reader, timeoutMillis, exemplars, setTimer, now }),
    path,
    timeoutMillis,
    authorizer: authorization === undefined ? undefined : createAuthorizer(authorization),
    onScrape,
    setTimer,
    now,
  });
}

function createLimitedServer(handler: RequestListener): Server {
  const server = loadHttp().createServer({ ...SERVER_LIMITS, keepAliveTimeout: KEEP_ALIVE_MILLIS }, handler);
  server.maxConnections = CONNECTIONS_MAX;
  // A scraper keeps its connection open between scrapes, and each of those would keep the process alive.
  server.on('connection', (socket) => socket.unref());
  return server.unref();
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
