import type { ReadableStreamDefaultReader } from 'node:stream/web';
import { types } from 'node:util';
import {
  type BoundMethod,
  createDecorator,
  decorate,
  defineMethod,
  type Method,
  methodOf,
  prototypeOf,
} from './methods.js';
import { branchObservers, Observation, type ParsedJson, type StreamObserver } from './observation.js';
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

/** Methods that read a whole body. */
const READERS = ['json', 'text', 'arrayBuffer', 'bytes', 'blob', 'formData'] as const;

/** Whether a value has the members of a response. */
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

/** The body of a request or response, a web stream or a Node stream; `undefined` if it can no longer be read. */
export function unreadBody({ body, bodyUsed }: BodyHolder): object | undefined {
  if (bodyUsed === true || !isStream(body)) return undefined;
  const { locked, readableEnded } = body as { readonly locked?: unknown; readonly readableEnded?: unknown };
  return locked === true || readableEnded === true ? undefined : body;
}

/**
 * Observes the body of a response, as {@link observeStream} does. Some runtimes, such as Deno, read bodies internally:
 * there, the reading methods of this one response are replaced by ones that read through the public stream methods.
 * Reads that Deno makes to forward the response cannot be observed.
 *
 * @param body - the unread body of the response.
 */
export function observeBody(response: object, body: object, observer: StreamObserver): void {
  const observation = new Observation(body, observer);
  attach(body, observation);
  if (!isReadableStream(body)) return;
  if (isReadInternally()) observeReaders(response as Response, body, observation);
  else if (isOfRuntime(response)) observeTexts(response, { body, observation });
}

interface ObservedBody {
  readonly body: ReadableStream;
  readonly observation: Observation;
}

/**
 * Reads the text of a response the way the runtime does. The runtime's methods would read through the observed methods
 * of the stream, and the observer would have to parse the text again. Together that costs more than all other
 * observation.
 */
const observeTexts = createDecorator<Response, ObservedBody>({
  json: (response, observed, original) =>
    isUnread(response, observed) ? readWhole(observed, parse) : original.json.call(response),
  text: (response, observed, original) =>
    isUnread(response, observed) ? readWhole(observed, asText) : original.text.call(response),
});

/** If the body was already read, the runtime throws the right errors. `clone` gives the response another body. */
function isUnread(response: Response, { body }: ObservedBody): boolean {
  return (response.body as unknown) === body && !body.locked && !response.bodyUsed;
}

function parse(text: string, observation: Observation): unknown {
  let json: ParsedJson | undefined;
  try {
    json = { text, value: JSON.parse(text) };
    return json.value;
  } finally {
    observation.end(json);
  }
}

function asText(text: string, observation: Observation): string {
  observation.end();
  return text;
}

const DECODER = new TextDecoder();

/**
 * Reads a body to its end.
 *
 * @param finish - makes the result of the text, and reports the end to the observation.
 */
async function readWhole<Result>(
  { body, observation }: ObservedBody,
  finish: (text: string, observation: Observation) => Result,
): Promise<Result> {
  const reader = getReader(body, observation);
  const read = (): ReturnType<typeof reader.read> => reader.read();
  const chunks: Uint8Array[] = [];
  let isBytes = true;
  try {
    for (;;) {
      const { done, value } = await (observation.runsSteps ? observation.run(read) : reader.read());
      if (done) break;
      observation.chunk(value);
      isBytes = types.isUint8Array(value);
      if (!isBytes) break;
      chunks.push(value);
    }
  } catch (error) {
    observation.fail(error);
    throw error;
  }
  if (!isBytes) throw new TypeError('Received non-Uint8Array chunk');
  return finish(DECODER.decode(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)), observation);
}

/** Creates a reader that does not report to this observation, only to observations that wrap it. */
function getReader(body: ReadableStream, observation: Observation): ReadableStreamDefaultReader {
  observation.isBypassed = true;
  try {
    return body.getReader();
  } finally {
    observation.isBypassed = false;
  }
}

const OF_RUNTIME = new WeakMap<object, boolean>();

/**
 * Whether undici's methods read a response, and at most observers of this package between. The source of the methods is
 * compared, because a replacement may do anything.
 */
function isOfRuntime(response: object): response is Response {
  return (['json', 'text'] as const).every((name) => {
    const holder = Object.hasOwn(response, name) ? response : prototypeOf(response);
    return holder !== null && isMethodOfRuntime(methodOf(holder, name));
  });
}

function isMethodOfRuntime(method: Method | undefined): boolean {
  if (method === undefined) return false;
  let isKnown = OF_RUNTIME.get(method);
  if (isKnown === undefined) {
    isKnown = /^\w+\(\) \{\s*return consumeBody\(/.test(Function.prototype.toString.call(method));
    OF_RUNTIME.set(method, isKnown);
  }
  return isKnown;
}

function observeReaders(response: Response, body: ReadableStream, observation: Observation): void {
  // If the body was already read, the runtime throws the right errors.
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
    // From here on, the response and its copy each have a new body.
    const observers = isBranched ? branchObservers(observation, 2) : [];
    [response, copy].forEach((branch, index) => {
      const observer = observers[index];
      if (observer !== undefined) observeBody(branch, branch.body as object, observer);
    });
    return copy;
  });
}

let isInternal: boolean | undefined;

/** Whether this runtime reads response bodies without their public methods. Tested once, at the first response. */
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
