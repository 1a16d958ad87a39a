import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { SetTimer } from '../otlp/deadline.js';
import { answerOnce } from '../prometheus/scrape-handler.js';

/**
 * The page runs only files of this server, reaches nothing else, and is shown in no frame of another page. No header
 * allows pages of other origins to read an answer.
 */
const SECURITY_HEADERS: OutgoingHttpHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** A body that is answered with 200. */
export interface ViewerBody {
  readonly type: string;
  readonly bytes: Buffer;
  /** Identifies the content of a file, which browsers then keep; data have none and are not kept. */
  readonly etag?: string | undefined;
}

/** Answers the requests of viewers. */
export interface ViewerAnswers {
  body(request: IncomingMessage, response: ServerResponse, body: ViewerBody): void;
  /** Answers with a text, and closes the connection. */
  text(
    request: IncomingMessage,
    response: ServerResponse,
    status: number,
    text: string,
    headers?: OutgoingHttpHeaders,
  ): void;
}

/**
 * Creates the answers.
 *
 * @param timeoutMillis - a client that takes longer to read an answer is disconnected: it would hold the answer in
 *   memory for as long as it likes
 */
export function createViewerAnswers(timeoutMillis: number, setTimer: SetTimer): ViewerAnswers {
  return {
    body(request, response, { type, bytes, etag }) {
      const cancel = setTimer(() => response.destroy(), timeoutMillis);
      response.once('close', cancel);
      const isKept = etag !== undefined && request.headers['if-none-match'] === etag;
      response.writeHead(isKept ? 304 : 200, {
        ...SECURITY_HEADERS,
        'content-type': type,
        ...(etag === undefined ? { 'cache-control': 'no-store' } : { 'cache-control': 'no-cache', etag }),
        ...(isKept ? {} : { 'content-length': bytes.length }),
      });
      response.end(isKept || request.method === 'HEAD' ? undefined : bytes);
    },
    text(request, response, status, text, headers = {}) {
      for (const [name, value = ''] of Object.entries({ ...SECURITY_HEADERS, ...headers })) {
        response.setHeader(name, value);
      }
      response.setHeader('cache-control', 'no-store');
      answerOnce(request, response, status, text);
    },
  };
}
