import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { MonitoringError, messageOf } from '../errors.js';
import { logger } from '../logger.js';
import { isDeadlineError, type SetTimer, withDeadline } from '../otlp/deadline.js';
import type { Authorizer } from './access.js';
import { acceptsGzip } from './negotiate.js';
import type { Page } from './scraper.js';

/** Makes the page of a scrape, in the format that its `Accept` header prefers. */
export type PageSource = (accept: string | undefined) => Promise<Page>;

/** Outcome and size of one scrape. */
export interface ScrapeReport {
  /** `failed` is a 500, or a scraper that hung up before its answer; `timeout` is a 503. */
  readonly outcome: 'success' | 'failed' | 'timeout';
  /** Time to collect and render, in milliseconds; until the answer if there was no page. */
  readonly durationMs: number;
  /** Size of the body as it was sent: compressed if the scraper accepts gzip, 0 for HEAD. */
  readonly bytes: number;
  /** Number of series on the page; a histogram counts once. */
  readonly seriesCount: number;
}

/** Options of {@link createScrapeHandler}. */
export interface ScrapeHandlerOptions {
  readonly pages: PageSource;
  /** Longest time for a scrape, sending included, in milliseconds. */
  readonly timeoutMillis: number;
  readonly authorizer: Authorizer | undefined;
  readonly onScrape: ((report: ScrapeReport) => void) | undefined;
  readonly setTimer: SetTimer;
  readonly now: () => number;
}

/** Prometheus drops the connection at its timeout, so that the answer has to arrive a little earlier. */
const SCRAPE_TIMEOUT_SHARE = 0.95;

interface Answer {
  readonly page: Page;
  readonly encoding: 'gzip' | undefined;
  readonly body: Buffer;
  readonly durationMs: number;
}

/** A request listener of Node.js. */
export type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

/** Creates a listener that answers scrapes. It never throws and never leaves a rejection unhandled. */
export function createScrapeHandler(options: ScrapeHandlerOptions): RequestListener {
  const { pages, timeoutMillis, authorizer, onScrape, setTimer, now } = options;
  let reportedOutcome: ScrapeReport['outcome'] = 'success';

  return (request, response) => {
    if (refusesMethod(request, response)) return;
    if (authorizer !== undefined && !authorizer.isAuthorized(request.headers.authorization)) {
      response.setHeader('www-authenticate', authorizer.challenge);
      return answerOnce(request, response, 401, 'unauthorized');
    }
    void answerScrape(request, response);
  };

  async function answerScrape(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAt = now();
    const deadlineMillis = deadlineOf(request, timeoutMillis);
    try {
      const answer = await withDeadline(
        makeAnswer(request, startedAt),
        deadlineMillis,
        'the scrape',
        setTimer,
      );
      // Not `response.destroyed`: a response that waits behind another one is not destroyed with the connection.
      if (request.socket.destroyed) return report('failed', answer.durationMs, 0, 0);
      // A client that reads slowly would otherwise hold the page in memory for as long as it likes.
      const cancel = setTimer(() => response.destroy(), Math.max(0, deadlineMillis - (now() - startedAt)));
      response.once('close', cancel);
      response.writeHead(200, headersOf(answer));
      response.end(request.method === 'HEAD' ? undefined : answer.body);
      const sent = request.method === 'HEAD' ? 0 : answer.body.length;
      report('success', answer.durationMs, sent, answer.page.seriesCount);
    } catch (error) {
      answerFailure(response, error, now() - startedAt);
    }
  }

  async function makeAnswer(request: IncomingMessage, startedAt: number): Promise<Answer> {
    const page = await pages(headerText(request, 'accept'));
    const durationMs = now() - startedAt;
    if (!acceptsGzip(headerText(request, 'accept-encoding'))) {
      return { page, encoding: undefined, body: page.body, durationMs };
    }
    return { page, encoding: 'gzip', body: await page.gzip(), durationMs };
  }

  function answerFailure(response: ServerResponse, error: unknown, durationMs: number): void {
    const isTimeout = isDeadlineError(error);
    const outcome = isTimeout ? 'timeout' : 'failed';
    if (reportedOutcome !== outcome) {
      logger().error(
        `the scrape ${isTimeout ? 'took too long' : 'failed'}; further failures are counted, not logged`,
        error,
      );
    }
    report(outcome, durationMs, 0, 0);
    try {
      if (response.headersSent) response.destroy();
      else if (isTimeout) answerText(response, 503, 'metrics were not collected in time');
      else if (isNoMetrics(error)) answerText(response, 503, messageOf(error));
      else answerText(response, 500, 'metrics could not be collected; see the log of the process');
    } catch {
      // A middleware has replaced a method of the response by one that throws.
      response.destroy();
    }
  }

  function report(
    outcome: ScrapeReport['outcome'],
    durationMs: number,
    bytes: number,
    seriesCount: number,
  ): void {
    reportedOutcome = outcome;
    try {
      onScrape?.({ outcome, durationMs, bytes, seriesCount });
    } catch (error) {
      logger().error('the scrape hook threw', error);
    }
  }
}

function headersOf({ page, encoding, body }: Answer): OutgoingHttpHeaders {
  return {
    'content-type': page.contentType,
    'content-length': body.length,
    ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
    vary: 'accept, accept-encoding',
  };
}

function isNoMetrics(error: unknown): boolean {
  return error instanceof MonitoringError && error.code === 'ERR_NO_METRICS';
}

function deadlineOf(request: IncomingMessage, timeoutMillis: number): number {
  const seconds = Number(headerText(request, 'x-prometheus-scrape-timeout-seconds'));
  if (!(seconds > 0)) return timeoutMillis;
  return Math.min(timeoutMillis, seconds * 1000 * SCRAPE_TIMEOUT_SHARE);
}

function headerText(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

function answerText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${text}\n`);
}

/** Answers with 405 unless the method is GET or HEAD; returns whether it did. */
export function refusesMethod(request: IncomingMessage, response: ServerResponse): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return false;
  response.setHeader('allow', 'GET, HEAD');
  answerOnce(request, response, 405, 'method not allowed');
  return true;
}

/** Closes the connection too: it would count as open, and a refused request may have a body that is never read. */
export function answerOnce(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  text: string,
): void {
  // HTTP/2 has no such header, and Node.js warns of it.
  if (request.httpVersionMajor < 2) response.setHeader('connection', 'close');
  answerText(response, status, text);
}
