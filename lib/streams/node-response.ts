import { readMember } from '../errors/classify-error.js';
import { defineMethod, methodOf } from './methods.js';

/** The response of a Node.js server: `ServerResponse` of `node:http`, `Http2ServerResponse` of `node:http2`. */
export interface NodeServerResponse {
  readonly statusCode: number;
  readonly headersSent: boolean;
  prependListener(event: 'finish' | 'close', listener: () => void): unknown;
}

/**
 * How a response ended: the last byte was handed to the operating system, the client closed the connection or the
 * stream before that, or this process destroyed the response.
 */
export type ResponseEnd =
  | { readonly how: 'complete' | 'client_left' }
  | { readonly how: 'broken'; readonly error: unknown };

/** Receives what happens to a response. */
export interface ResponseObserver {
  /** The first byte of the body is about to be written, or the headers of a response without one. */
  firstByte(): void;
  /** The first byte was written, and the head before it: a status that is set later reaches no caller. */
  headSent(): void;
  /** Called once. */
  end(end: ResponseEnd): void;
}

/**
 * Observes a response by its events. Only the first byte has no event: `write` and `end` of this one object are
 * replaced until the first of them is called.
 *
 * @throws {TypeError} if the value is not a response.
 */
export function observeNodeResponse(response: NodeServerResponse, observer: ResponseObserver): void {
  if (methodOf(response, 'prependListener') === undefined) throw new TypeError('not a response of a server');
  if (isOver(response)) {
    const isFinished = readMember(response, 'writableFinished') === true;
    const isHttp2 = http2StreamOf(response) !== undefined;
    observer.end(isFinished && !isHttp2 ? { how: 'complete' } : endOf(response, false));
    return;
  }
  let isEnded = false;
  const finish = (end: ResponseEnd): void => {
    if (isEnded) return;
    isEnded = true;
    stopWatching();
    observer.end(end);
  };
  // A first byte that has already left was not seen, and its time is unknown.
  const stopWatching = response.headersSent ? () => undefined : watchFirstByte(response, observer);
  // Node's own listener for `finish` detaches the socket, so this one must run before it.
  response.prependListener('finish', () => {
    const end = endOf(response, true);
    if (end.how === 'complete') finish(end);
  });
  response.prependListener('close', () => finish(endOf(response, false)));
}

function isOver(response: NodeServerResponse): boolean {
  const stream = http2StreamOf(response);
  if (stream !== undefined) return readMember(stream, 'destroyed') === true;
  return readMember(response, 'writableFinished') === true || readMember(response, 'destroyed') === true;
}

/** @param isFinished - whether `finish` was emitted. HTTP/2 emits it for every response, as does a socket that breaks. */
function endOf(response: NodeServerResponse, isFinished: boolean): ResponseEnd {
  const stream = http2StreamOf(response);
  return stream === undefined ? endOfHttp1(response, isFinished) : endOfHttp2(stream);
}

function endOfHttp1(response: NodeServerResponse, isFinished: boolean): ResponseEnd {
  const socket = readMember(readMember(response, 'req'), 'socket') ?? readMember(response, 'socket');
  // Node 20 emits `finish` even if the socket broke before all data was sent.
  if (isFinished && readMember(socket, 'destroyed') !== true) return { how: 'complete' };
  const error = readMember(response, 'errored') ?? undefined;
  const socketError = readMember(socket, 'errored') ?? undefined;
  const isReset = socketError !== undefined && socketError !== error;
  if (readMember(socket, 'readableEnded') === true || isReset) return { how: 'client_left' };
  // A socket that neither ended nor failed was destroyed by this process, as Express does if a stream fails.
  const isIntact = readMember(socket, 'readableEnded') === false;
  return error !== undefined || isIntact ? { how: 'broken', error } : { how: 'client_left' };
}

function endOfHttp2(stream: object): ResponseEnd {
  if (readMember(stream, 'aborted') !== true && readMember(stream, 'rstCode') === 0)
    return { how: 'complete' };
  const error = readMember(stream, 'errored') ?? undefined;
  // Node reports a reset by the client as an error with one of these codes.
  const code = String(readMember(error, 'code'));
  const isReset = code === 'ECONNRESET' || code.startsWith('ERR_HTTP2_');
  return error === undefined || isReset ? { how: 'client_left' } : { how: 'broken', error };
}

function http2StreamOf(response: NodeServerResponse): object | undefined {
  const stream = readMember(response, 'stream');
  return typeof stream === 'object' && stream !== null && 'rstCode' in stream ? stream : undefined;
}

/** Reports the first call of `write` or `end`. Returns a function that puts the original methods back. */
function watchFirstByte(response: NodeServerResponse, observer: ResponseObserver): () => void {
  const names = ['write', 'end'] as const;
  const restore = (): void => {
    for (const undo of undos) undo();
    undos.length = 0;
  };
  let isSeen = false;
  const undos = names.map((name) =>
    runAround(response, name, (call) => {
      if (isSeen) return call();
      isSeen = true;
      restore();
      observer.firstByte();
      const result = call();
      observer.headSent();
      return result;
    }),
  );
  return restore;
}

/** Runs a step around each call of a method. Returns a function that puts the original back if it still can. */
function runAround(target: object, name: string, step: (call: () => unknown) => unknown): () => void {
  const method = methodOf(target, name);
  if (method === undefined) return () => undefined;
  const own = Reflect.getOwnPropertyDescriptor(target, name);
  const replacement = function (this: unknown, ...args: never[]): unknown {
    return step(() => Reflect.apply(method, this, args));
  };
  defineMethod(target, name, replacement);
  return () => {
    // A middleware that replaced the method since then calls this replacement, which must stay.
    if (methodOf(target, name) !== replacement) return;
    if (own === undefined) Reflect.deleteProperty(target, name);
    else Reflect.defineProperty(target, name, own);
  };
}
