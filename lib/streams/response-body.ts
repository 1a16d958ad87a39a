import { type BoundMethod, decorate, defineMethod, methodOf } from './methods.js';
import { branchObservers, Observation, type StreamObserver } from './observation.js';
import { attach, isStream } from './observe-stream.js';
import { isReadableStream } from './web-stream.js';

/** A `Response` of the runtime, of undici or of a package such as node-fetch. */
export interface ResponseLike extends BodyHolder {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
}

/** A `Request` or `Response`. */
export interface BodyHolder {
  readonly body?: unknown;
  readonly bodyUsed?: unknown;
}

/** How a body is read whole. */
const READERS = ['json', 'text', 'arrayBuffer', 'bytes', 'blob', 'formData'] as const;

/** Whether a value is a response, by its members. */
export function isResponse(value: unknown): value is ResponseLike {
  if (typeof value !== 'object' || value === null) return false;
  const { ok, status, headers } = value as Partial<ResponseLike>;
  return (
    typeof ok === 'boolean' &&
    typeof status === 'number' &&
    typeof headers === 'object' &&
    headers !== null &&
    methodOf(headers, 'get') !== undefined
  );
}

/** The body of a request or response, a web stream or a Node stream; `undefined` where none can be read any more. */
export function unreadBody({ body, bodyUsed }: BodyHolder): object | undefined {
  if (bodyUsed === true || !isStream(body)) return undefined;
  const { locked, readableEnded } = body as { readonly locked?: unknown; readonly readableEnded?: unknown };
  return locked === true || readableEnded === true ? undefined : body;
}

/**
 * Observes the body of a response, as {@link observeStream} does. Where the runtime reads bodies internally, as Deno
 * does, the methods of this one response that do so read by public ones. What Deno reads to send the response on
 * cannot be observed.
 *
 * @param body - the unread body of the response.
 */
export function observeBody(response: object, body: object, observer: StreamObserver): void {
  const observation = new Observation(body, observer);
  attach(body, observation);
  if (isReadableStream(body) && isReadInternally()) observeReaders(response as Response, body, observation);
}

function observeReaders(response: Response, body: ReadableStream, observation: Observation): void {
  // Where the body was read already, the runtime throws the right errors.
  const isReadable = (): boolean => !body.locked && !response.bodyUsed;
  for (const name of READERS) {
    decorate(response, name, (read) => {
      if (!isReadable()) return read();
      const observed = new Response(ReadableStream.from(body) as never, { headers: response.headers });
      return methodOf(observed, name)?.call(observed);
    });
  }
  decorate(response, 'clone', (clone) => {
    const isBranched = isReadable();
    const copy = clone() as Response;
    // Both have a new body from here on.
    const observers = isBranched ? branchObservers(observation, 2) : [];
    [response, copy].forEach((branch, index) => {
      const observer = observers[index];
      if (observer !== undefined) observeBody(branch, branch.body as object, observer);
    });
    return copy;
  });
}

let isInternal: boolean | undefined;

/** Whether this runtime reads the body of a response without its public methods. Tried once, at the first response. */
function isReadInternally(): boolean {
  isInternal ??= !isReadByMethod();
  return isInternal;
}

function isReadByMethod(): boolean {
  const stream = new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
  const getReader = stream.getReader.bind(stream) as BoundMethod;
  let isRead = false;
  defineMethod(stream, 'getReader', (...args: unknown[]) => {
    isRead = true;
    return getReader(...args);
  });
  new Response(stream as never).text().catch(() => undefined);
  return isRead;
}
