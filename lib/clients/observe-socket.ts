import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { readMember } from '../errors/classify-error.js';
import { sharedState } from '../global-state.js';
import { current } from '../metrics/recorder.js';
import { guard } from '../requests/guard.js';
import { decorate, methodOf } from '../streams/methods.js';
import { isObject } from '../wire/json.js';
import { readJson } from '../wire/json-document.js';
import type { MessageData, MessageReader, RealtimeSession } from '../wire/realtime-session.js';
import type { SocketRequests } from './socket-requests.js';

/** Sockets that either copy of this package observes. */
const OBSERVED = sharedState('sockets.v1', () => new WeakSet<object>());

const OPEN = 1;
const BLOB_BYTES_MAX = INPUT_LIMITS.socketBlob.value;

/** What a connection is read with. */
export interface Connection {
  readonly session: RealtimeSession;
  readonly requests: SocketRequests;
  /** The model that the URL names. */
  readonly model: string | undefined;
}

/** Something that happened to a socket. */
type SocketEvent =
  | { readonly type: 'open' | 'close' }
  | { readonly type: 'message'; readonly data: unknown }
  | { readonly type: 'error'; readonly error: unknown }
  | { readonly type: 'refused'; readonly status: number | undefined };

/**
 * Reports what a socket sends and receives to a session. The socket of `ws` is observed by its `emit`, because a
 * listener for errors would hide them, and a listener may be removed; others by listeners that run before all that are
 * added later. No message is changed, delayed or kept.
 */
export function observeSocket(socket: object, connection: Connection): void {
  if (OBSERVED.has(socket)) return;
  OBSERVED.add(socket);
  const observer = new SocketObserver(connection);
  if (methodOf(socket, 'emit') === undefined) listen(socket, observer);
  else decorateEmit(socket, observer);
  decorate(socket, 'send', (send, args) => {
    const result = send(...args);
    // A socket that is not open drops the message, or throws.
    if (readMember(socket, 'readyState') === OPEN) observer.sent(args[0]);
    return result;
  });
  for (const name of ['close', 'terminate']) {
    decorate(socket, name, (close, args) => {
      // The socket of `ws` calls this method by itself to answer a close of the server.
      if (readMember(socket, '_closeFrameReceived') !== true) observer.isOwnEnd = true;
      return close(...args);
    });
  }
}

function decorateEmit(socket: object, observer: SocketObserver): void {
  decorate(socket, 'emit', (emit, args) => {
    const [name, value, response] = args;
    if (name === 'message') observer.happened({ type: 'message', data: value });
    else if (name === 'error') observer.happened({ type: 'error', error: value });
    else if (name === 'open' || name === 'close') observer.happened({ type: name });
    else if (name === 'unexpected-response')
      observer.happened({ type: 'refused', status: statusOf(response) });
    return emit(...args);
  });
}

function listen(socket: object, observer: SocketObserver): void {
  const add = (name: string, read: (event: unknown) => SocketEvent): void => {
    const listener = (event: unknown): void => observer.happened(read(event));
    Reflect.apply(methodOf(socket, 'addEventListener') ?? (() => undefined), socket, [
      name,
      listener,
    ] as never);
  };
  add('open', () => ({ type: 'open' }));
  add('message', (event) => ({ type: 'message', data: readMember(event, 'data') }));
  add('error', (event) => ({ type: 'error', error: readMember(event, 'error') }));
  add('close', () => ({ type: 'close' }));
}

function statusOf(response: unknown): number | undefined {
  const status = readMember(response, 'statusCode');
  return typeof status === 'number' ? status : undefined;
}

class SocketObserver {
  isOwnEnd = false;
  private readonly connection: Connection;
  private isOpen = false;
  private error: unknown;
  private status: number | undefined;
  /** Blobs are read asynchronously. What comes after one waits, so that the order is kept. */
  private blobs: Promise<void> | undefined;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  sent(data: unknown): void {
    const text = textOf(data);
    if (text !== undefined) this.read(this.connection.session.sent, text);
  }

  happened(event: SocketEvent): void {
    const { data } = event as { readonly data?: unknown };
    if (this.blobs === undefined && !(data instanceof Blob)) {
      this.handle(event);
      return;
    }
    const mine = (this.blobs ?? Promise.resolve())
      .then(async () =>
        data instanceof Blob ? { type: 'message' as const, data: await bytesOf(data) } : event,
      )
      .then(
        (read) => this.handle(read),
        // The blob cannot be read, so the user cannot read it either.
        () => undefined,
      )
      .finally(() => {
        if (this.blobs === mine) this.blobs = undefined;
      });
    this.blobs = mine;
  }

  private handle(event: SocketEvent): void {
    const { session, requests, model } = this.connection;
    if (event.type === 'message') {
      const text = textOf(event.data);
      if (text !== undefined) this.read(session.received, text);
    } else if (event.type === 'open') {
      this.isOpen = true;
    } else if (event.type === 'error') {
      this.error ??= event.error;
    } else if (event.type === 'refused') {
      this.status = event.status;
    } else {
      guard(current.recorder, 'websocket', () => {
        const { error, status } = this;
        const isOwn = this.isOwnEnd && error === undefined;
        if (this.isOpen || this.isOwnEnd) requests.close({ isOwn, error });
        else requests.refuse(model, status, error);
      });
    }
  }

  private read(reader: MessageReader, data: MessageData): void {
    if (!current.recorder.enabled) return;
    guard(current.recorder, 'websocket', () => {
      if (!reader.isRead(data)) return;
      const message = readJson(data, reader.fields);
      if (isObject(message)) reader.read(message);
    });
  }
}

async function bytesOf(blob: Blob): Promise<Uint8Array | undefined> {
  return blob.size > BLOB_BYTES_MAX ? undefined : new Uint8Array(await blob.arrayBuffer());
}

/** The text of a message, or a view of its bytes. Gemini sends its JSON in binary messages. */
function textOf(data: unknown): MessageData | undefined {
  if (typeof data === 'string' || Buffer.isBuffer(data)) return data;
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return Buffer.from(data);
  // The socket of `ws` may be set to give a message in fragments.
  return Array.isArray(data) && data.every(Buffer.isBuffer) ? Buffer.concat(data) : undefined;
}
