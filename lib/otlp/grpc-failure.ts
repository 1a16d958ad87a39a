import { messageOf } from '../errors.js';
import type { ExportFailure } from './transport.js';
import { withPortRemedy } from './wrong-endpoint.js';

const RESOURCE_EXHAUSTED = 8;

/** The codes of gRPC that OTLP calls retryable, by number; the last one only with a RetryInfo. */
const RETRYABLE: Readonly<Record<number, string>> = {
  1: 'CANCELLED',
  4: 'DEADLINE_EXCEEDED',
  10: 'ABORTED',
  11: 'OUT_OF_RANGE',
  14: 'UNAVAILABLE',
  15: 'DATA_LOSS',
  [RESOURCE_EXHAUSTED]: 'RESOURCE_EXHAUSTED',
};

/** The words of gRPC in Go, JavaScript, C++ and Java for a message above the limit of the sender or the receiver. */
const TOO_LARGE = /larger than max|exceeds maximum size/i;

/**
 * The words of `@grpc/grpc-js` for an answer in HTTP/1.1, and for one of an HTTP server that has no gRPC. Other statuses
 * of HTTP come from proxies in front of a server.
 */
const HTTP_SERVER = /Last error: Protocol error|Received HTTP status code 40[045]\b/;

/** What it says of an attempt while it waits before it connects again. */
const NO_REASON = /Last error: null/;

/** Creates a reader of the errors of failed exports over gRPC. The reader never throws. */
export function createGrpcFailureReader(): (error: unknown) => ExportFailure {
  let isHttpServer = false;
  return (error) => {
    const failure = readGrpcFailure(error);
    if (!NO_REASON.test(failure.message)) isHttpServer = HTTP_SERVER.test(failure.message);
    return isHttpServer ? { ...failure, message: withPortRemedy(failure.message, 'grpc') } : failure;
  };
}

function readGrpcFailure(error: unknown): ExportFailure {
  const message = error === undefined ? 'no reason given' : messageOf(error);
  const code = codeOf(error);
  if (code === undefined) return { reason: 'unknown', message, retryable: false, tooLarge: false, error };
  const name = RETRYABLE[code];
  const delayMillis = retryDelayOf(error);
  const isExhausted = code === RESOURCE_EXHAUSTED;
  const tooLarge = isExhausted && TOO_LARGE.test(message);
  return {
    reason: name ?? `code ${code}`,
    message,
    retryable: isExhausted ? delayMillis !== undefined && !tooLarge : name !== undefined,
    delayMillis,
    tooLarge,
    error,
  };
}

function codeOf(error: unknown): number | undefined {
  try {
    const code = (error as { readonly code?: unknown } | null | undefined)?.code;
    return typeof code === 'number' ? code : undefined;
  } catch {
    // An error whose members cannot be read is treated as one without a code.
    return undefined;
  }
}

/** Metadata key under which gRPC sends the details of a status. */
const DETAILS_KEY = 'grpc-status-details-bin';
const RETRY_INFO = 'google.rpc.RetryInfo';

/** Returns the delay in the `google.rpc.RetryInfo` of an error, in milliseconds. */
function retryDelayOf(error: unknown): number | undefined {
  for (const details of detailsOf(error)) {
    const delay = delayInStatus(details);
    if (delay !== undefined) return delay;
  }
  return undefined;
}

function detailsOf(error: unknown): Uint8Array[] {
  if (typeof error !== 'object' || error === null || !('metadata' in error)) return [];
  const metadata = error.metadata as { get?: unknown } | null | undefined;
  if (typeof metadata?.get !== 'function') return [];
  const values: unknown = metadata.get(DETAILS_KEY);
  return Array.isArray(values) ? values.filter((value) => value instanceof Uint8Array) : [];
}

/** `google.rpc.Status { int32 code = 1; string message = 2; repeated Any details = 3; }` */
function delayInStatus(status: Uint8Array): number | undefined {
  for (const detail of bytesIn(status, 3)) {
    const [typeUrl] = bytesIn(detail, 1);
    if (typeUrl === undefined || !new TextDecoder().decode(typeUrl).endsWith(RETRY_INFO)) continue;
    const [duration] = bytesIn(detail, 2).flatMap((retryInfo) => bytesIn(retryInfo, 1));
    const fields = duration && parseFields(duration);
    if (fields === undefined) return undefined;
    const [seconds = 0, nanos = 0] = [1, 2].map((number) => valuesOf(fields, number).find(isNumber));
    const millis = seconds * 1000 + nanos / 1e6;
    return Number.isSafeInteger(Math.trunc(millis)) ? millis : undefined;
  }
  return undefined;
}

type Field = readonly [number: number, value: number | Uint8Array];

const isNumber = (value: number | Uint8Array): value is number => typeof value === 'number';
const isBytes = (value: number | Uint8Array): value is Uint8Array => typeof value !== 'number';

function valuesOf(fields: readonly Field[], number: number): (number | Uint8Array)[] {
  return fields.filter(([candidate]) => candidate === number).map(([, value]) => value);
}

function bytesIn(message: Uint8Array, number: number): Uint8Array[] {
  return valuesOf(parseFields(message) ?? [], number).filter(isBytes);
}

const VARINT_BYTES_MAX = 8;

/** Returns the fields of a Protocol Buffers message, or `undefined` when it is malformed. */
function parseFields(message: Uint8Array): Field[] | undefined {
  const fields: Field[] = [];
  let offset = 0;
  /** Returns `NaN` for a varint that is cut off or longer than eight bytes: no delay is negative or that long. */
  const readVarint = (): number => {
    let value = 0;
    for (let index = 0; index < VARINT_BYTES_MAX; index++) {
      const byte = message[offset++] ?? Number.NaN;
      value += (byte % 0x80) * 2 ** (7 * index);
      if (!(byte >= 0x80)) return value;
    }
    return Number.NaN;
  };
  while (offset < message.length) {
    const tag = readVarint();
    const isLengthDelimited = tag % 8 === 2;
    if (!isLengthDelimited && tag % 8 !== 0) return undefined;
    const value = readVarint();
    const end = isLengthDelimited ? offset + value : offset;
    if (Number.isNaN(value) || end > message.length) return undefined;
    fields.push([Math.floor(tag / 8), isLengthDelimited ? message.subarray(offset, end) : value]);
    offset = end;
  }
  return fields;
}
