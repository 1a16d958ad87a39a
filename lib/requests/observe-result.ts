import type { ErrorType } from '../catalogue/error-types.js';
import { classifyError, classifyResponse, readMember } from '../errors/classify-error.js';
import type { StreamObserver } from '../streams/observation.js';
import { isStream, observeStream } from '../streams/observe-stream.js';
import { onSettled } from '../streams/promise.js';
import { isResponse, observeBody, unreadBody } from '../streams/response-body.js';

/** A request or operation in flight, which ends with its result. None of its methods throws. */
export interface InFlight {
  end(): void;
  fail(error: unknown, errorType?: ErrorType): void;
  run<T>(fn: () => T): T;
  /** Classifies an error that ends it, using everything recorded so far. */
  classify?(error: unknown): ErrorType;
  /** Notes that chunks of a stream have arrived together. */
  chunks?(count: number): void;
  /** Records that the result has just been returned to the caller. */
  touch?(): void;
}

/**
 * Which bodies end the request or operation that returned a `Response`. A request ends with every body, because the
 * provider sends it and it contains the usage. An operation ends only with a body of events: its caller has made any
 * other body, and may send it on without reading it.
 */
export type EndingBodies = 'all' | 'events';

/** Error types that are recorded as an interruption once a stream or an answer has begun. */
export const BROKEN_OFF: ReadonlySet<ErrorType> = new Set(['unknown', 'api_error', 'network']);

const EVENT_STREAM = /^(?:text\/event-stream|application\/(?:x-ndjson|jsonl|vnd\.amazon\.eventstream))\b/i;

/**
 * Ends a request or operation when its result ends: a value at once, a promise when it settles, a stream when it was
 * read, abandoned or broken off, and a `Response` with its body, or at once if the body can no longer be read. A
 * `Response` that is not `ok` is a failure.
 *
 * @returns the same result.
 */
export function observeResult<T>(result: T, inFlight: InFlight, bodies: EndingBodies): T {
  try {
    const isPromise = onSettled(
      result,
      (value) => {
        observeValue(value, inFlight, bodies);
      },
      (error) => inFlight.fail(error),
    );
    if (isPromise) return result;
  } catch {
    // The getter of `then` throws, so the result cannot be awaited.
  }
  return observeValue(result, inFlight, bodies);
}

function observeValue<T>(value: T, inFlight: InFlight, bodies: EndingBodies): T {
  try {
    return observeBodyOrStream(value, inFlight, bodies);
  } catch {
    // The getters of the result throw, so only the return of the call is known.
    inFlight.end();
    return value;
  }
}

function observeBodyOrStream<T>(value: T, inFlight: InFlight, bodies: EndingBodies): T {
  if (isStream(value)) return observe(value, inFlight, observeStream);
  if (isResponse(value)) {
    if (!value.ok) {
      inFlight.fail(undefined, classifyResponse(value.status));
      return value;
    }
    const isEvents = EVENT_STREAM.test(value.headers.get('content-type') ?? '');
    const isEnding = bodies === 'all' || isEvents;
    const body = isEnding ? unreadBody(value) : undefined;
    if (body === undefined) inFlight.end();
    else observe(body, inFlight, (stream, observer) => observeBody(value, stream, observer), isEvents);
    return value;
  }
  // `withResponse()` of the SDKs resolves with these two members.
  const { data, response } = (value ?? {}) as { readonly data?: unknown; readonly response?: unknown };
  if (isStream(data) && isResponse(response)) observe(data, inFlight, observeStream);
  else inFlight.end();
  return value;
}

function observe<Stream extends object, Result>(
  stream: Stream,
  inFlight: InFlight,
  attach: (stream: Stream, observer: StreamObserver) => Result,
  isStreamed = true,
): Result {
  inFlight.touch?.();
  return attach(stream, new ResultObserver(inFlight, stream, isStreamed));
}

/**
 * Ends a request or operation with a stream. It needs no `abandon`, because the stream refers to the handle of the
 * request and both are garbage-collected together.
 */
class ResultObserver implements StreamObserver {
  private readonly inFlight: InFlight;
  /** Whether the first chunk has arrived: a later failure is an interruption. */
  private begun: boolean;
  /** Whether its pieces are chunks of a stream, not parts of one document. */
  private readonly isStreamed: boolean;

  constructor(inFlight: InFlight, stream: object, isStreamed: boolean) {
    this.inFlight = inFlight;
    this.isStreamed = isStreamed;
    this.begun = readMember(stream, 'readableDidRead') === true;
  }

  chunk(): void {
    this.begun = true;
    if (this.isStreamed) this.inFlight.chunks?.(1);
  }
  end(): void {
    this.inFlight.end();
  }
  fail(error: unknown): void {
    const errorType = this.inFlight.classify?.(error) ?? classifyError(error);
    this.inFlight.fail(error, this.begun && BROKEN_OFF.has(errorType) ? 'stream_interrupted' : errorType);
  }
  cancel(): void {
    this.inFlight.fail(undefined, 'client_cancelled');
  }
  run<T>(step: () => T): T {
    return this.inFlight.run(step);
  }
}
