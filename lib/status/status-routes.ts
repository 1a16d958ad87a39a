import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { MonitoringError } from '../errors.js';
import { readStatusPage } from '../lazy.cjs';
import { logger } from '../logger.js';
import { isDeadlineError, type SetTimer, withDeadline } from '../otlp/deadline.js';
import { createAuthorizer } from '../prometheus/access.js';
import type { ViewerHandler } from '../prometheus/scrape-server.js';
import { createViewerAnswers, type ViewerBody } from './viewer-answers.js';

/** Makes the JSON of an answer. Throws a {@link RangeError} that says what is wrong with the query. */
export type DataSource = (query: URLSearchParams) => Promise<Buffer>;

/** Options of {@link createStatusRoutes}. */
export interface StatusRoutesOptions {
  /** What is served, by its path. */
  readonly data: Readonly<Record<string, DataSource>>;
  /** The `Authorization` header that the data demand. Without one they are open on loopback, and closed elsewhere. */
  readonly authorization: string | undefined;
  /** Longest time for one answer, and as long again to send it. */
  readonly timeoutMillis: number;
  readonly setTimer: SetTimer;
  /** Returns a file of the page, if it was built. */
  readonly readFile?: ((name: string) => Buffer | undefined) | undefined;
}

/** The files of the page, which hold no data, by their path. */
const FILES = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/page.js', 'page.js', 'text/javascript; charset=utf-8'],
  ['/page.css', 'page.css', 'text/css; charset=utf-8'],
  ['/icon.svg', 'icon.svg', 'image/svg+xml'],
] as const;

const CLOSED =
  'This port is open to the network, where the status page needs a separate secret: set ' +
  'statusPage.authorization (LLM_EDGE_STATUS_AUTHORIZATION), such as "Bearer …". On localhost no secret is needed.';
const NOT_BUILT =
  'The files of the status page were not found next to the package: build them with "npm run build", or keep ' +
  'llm-edge-monitoring out of the bundle. Its data are at api/v1/status.';
const UNAUTHORIZED = 'unauthorized: send the Authorization header that statusPage.authorization requires';
const FOREIGN = 'only pages of this server may read the data';

/** Creates the handlers of the page and of its data, by path. */
export function createStatusRoutes(options: StatusRoutesOptions): ReadonlyMap<string, ViewerHandler> {
  const { data, authorization, timeoutMillis, setTimer, readFile = readStatusPage } = options;
  const authorizer = authorization === undefined ? undefined : createAuthorizer(authorization, 'status');
  const answers = createViewerAnswers(timeoutMillis, setTimer);
  const routes = new Map<string, ViewerHandler>();
  let isFailing = false;
  for (const [path, name, type] of FILES) routes.set(path, whereOpen(serveFile(name, type)));
  for (const [path, source] of Object.entries(data)) routes.set(path, whereOpen(serveData(source)));
  return routes;

  /** Who may scrape the port from elsewhere may not see what the page shows. */
  function whereOpen(handler: (request: IncomingMessage, response: ServerResponse) => void): ViewerHandler {
    return (request, response, isLoopback) => {
      if (isLoopback || authorizer !== undefined) handler(request, response);
      else answers.text(request, response, 404, CLOSED);
    };
  }

  function serveFile(name: string, type: string) {
    let file: ViewerBody | undefined;
    return (request: IncomingMessage, response: ServerResponse): void => {
      file ??= fileBody(type, readFile(name));
      if (file === undefined) answers.text(request, response, 404, NOT_BUILT);
      else answers.body(request, response, file);
    };
  }

  function serveData(source: DataSource) {
    return (request: IncomingMessage, response: ServerResponse): void => {
      if (isForeign(request)) answers.text(request, response, 403, FOREIGN);
      else if (authorizer?.isAuthorized(request.headers.authorization) === false) {
        const headers = { 'www-authenticate': authorizer.challenge };
        answers.text(request, response, 401, UNAUTHORIZED, headers);
      } else void answerData(source, request, response);
    };
  }

  async function answerData(
    source: DataSource,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    try {
      const work = source(queryOf(request));
      const bytes = await withDeadline(work, timeoutMillis, 'the status', setTimer);
      if (request.socket.destroyed) return;
      answers.body(request, response, { type: 'application/json; charset=utf-8', bytes });
      isFailing = false;
    } catch (error) {
      // The viewer has gone, or shutdown has closed its connection and stopped the collection: nobody is to be told.
      if (response.headersSent || request.socket.destroyed) response.destroy();
      else if (error instanceof RangeError) answers.text(request, response, 400, error.message);
      else {
        if (!isFailing) logger().error('collecting the metrics for the status page failed', error);
        isFailing = true;
        answers.text(request, response, 503, failureText(error));
      }
    }
  }
}

function fileBody(type: string, bytes: Buffer | undefined): ViewerBody | undefined {
  if (bytes === undefined) return undefined;
  return { type, bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"` };
}

/**
 * Whether a page of another origin sends a request. Browsers let it read no answer, but it could have the metrics
 * collected, and measure how long that takes.
 */
function isForeign({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'] ?? 'none';
  if (site !== 'same-origin' && site !== 'none') return true;
  const { origin } = headers;
  return origin !== undefined && origin.replace(/^https?:\/\//, '') !== headers.host;
}

function queryOf({ url = '' }: IncomingMessage): URLSearchParams {
  const start = url.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : url.slice(start));
}

/** The error of a callback of the user may quote a secret, so only the log has it. */
function failureText(error: unknown): string {
  if (isDeadlineError(error)) return 'the metrics were not collected in time';
  if (error instanceof MonitoringError) return error.message;
  return 'the metrics could not be collected; see the log of the process';
}
