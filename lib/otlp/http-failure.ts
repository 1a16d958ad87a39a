import { messageOf } from '../errors.js';
import type { Exchange } from './http-exchange.js';
import type { ExportFailure } from './transport.js';
import { withPortRemedy } from './wrong-endpoint.js';

/** The statuses that OTLP calls retryable. */
const RETRYABLE = new Set([429, 502, 503, 504]);
const CONTENT_TOO_LARGE = 413;
const NOT_FOUND = 404;
const NO_RECEIVER =
  'HTTP 404: no OTLP receiver at this path; a Collector receives on /v1/traces for spans and /v1/metrics for metrics';

/** A failed export over HTTP. The body of an answer is left out: a server may repeat a token in it. */
class HttpExportError extends Error {
  override readonly name = 'HttpExportError';
  readonly exchange: Exchange;

  constructor(exchange: Exchange, cause: unknown) {
    super(describe(exchange, cause), exchange.status === undefined ? { cause } : {});
    this.exchange = exchange;
  }
}

/** Whether the status of the answer is one of success. */
export function isSuccess({ status = 0 }: Exchange): boolean {
  return status >= 200 && status <= 299;
}

/** Creates the error of a failed export. */
export function httpExportError(exchange: Exchange, cause: unknown): Error {
  return new HttpExportError(exchange, cause);
}

function describe({ status, isRefusedByTls }: Exchange, cause: unknown): string {
  const reason = cause === undefined ? 'no reason given' : messageOf(cause).trim();
  if (status === NOT_FOUND) return NO_RECEIVER;
  if (status !== undefined) return `HTTP ${status}${statusText(cause)}`;
  return isRefusedByTls || isHttp2(cause) ? withPortRemedy(reason, 'http/protobuf') : reason;
}

const TEXT_MAX = 100;

/** The text beside the status. */
function statusText(cause: unknown): string {
  const isStatus = typeof codeOf(cause) === 'number';
  const text = isStatus ? messageOf(cause).slice(0, TEXT_MAX) : '';
  return text === '' ? '' : ` ${text}`;
}

/** The first frame of HTTP/2 that a server sends: three bytes of length, the type `SETTINGS`, flags, the stream 0. */
const FRAME_HEAD_BYTES = 9;
const SETTINGS = 4;

/** Whether the answer was HTTP/2, which only a gRPC server speaks without a request for it. */
function isHttp2(cause: unknown): boolean {
  const { rawPacket: bytes } = (cause ?? {}) as { readonly rawPacket?: unknown };
  if (!(bytes instanceof Uint8Array) || bytes.length < FRAME_HEAD_BYTES) return false;
  return bytes[3] === SETTINGS && bytes.subarray(5, FRAME_HEAD_BYTES).every((byte) => byte === 0);
}

/** Reads the error of a failed export over HTTP. Never throws. */
export function readHttpFailure(error: unknown): ExportFailure {
  if (!(error instanceof HttpExportError)) {
    return { reason: 'unknown', message: messageOf(error), retryable: false, tooLarge: false, error };
  }
  const { exchange, cause, message } = error;
  const { status, retryAfter, isSent } = exchange;
  if (status === undefined) {
    // A server that cannot be reached, or that hung up without an answer, may be back soon.
    const reason = String(codeOf(cause) ?? 'unknown');
    return { reason, message, retryable: isSent, tooLarge: false, error };
  }
  return {
    reason: `HTTP ${status}`,
    message,
    retryable: RETRYABLE.has(status),
    delayMillis: retryAfter === undefined ? undefined : delayIn(retryAfter, Date.now()),
    tooLarge: status === CONTENT_TOO_LARGE,
    error,
  };
}

function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown } | null | undefined)?.code;
}

/** Longer texts are no date. */
const DATE_LENGTH_MAX = 40;

/** Returns the delay in `Retry-After`, seconds or a date, in milliseconds; `undefined` for any other text. */
function delayIn(retryAfter: string, now: number): number | undefined {
  if (/^\d{1,10}$/.test(retryAfter)) return Number(retryAfter) * 1000;
  if (retryAfter.length > DATE_LENGTH_MAX || !retryAfter.endsWith(' GMT')) return undefined;
  const delayMillis = Date.parse(retryAfter) - now;
  return Number.isNaN(delayMillis) ? undefined : Math.max(0, delayMillis);
}
