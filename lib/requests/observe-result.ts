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
  /** Records that the result has just been returned to the caller. */
  touch?(): void;
}

/**
 * Which bodies end what a `Response` is the result of. A request ends with every body: a provider sends it, and the body
 * contains the usage. An operation ends with a body of events only: any other was made by its caller, and may be sent on
 * without being read.
 */
export type EndingBodies = 'all' | 'events';

/** Error types that mean no more than an interruption once a stream or an answer has begun. */
export const BROKEN_OFF: ReadonlySet<ErrorType> = new Set(['unknown', 'api_error', 'network']);

const EVENT_STREAM = /^(?:text\/event-stream|application\/(?:x-ndjson|jsonl|vnd\.amazon\.eventstream))\b/i;

/**
 * Ends a request or operation when its result does: a value at once, a promise when it settles, a stream when it
 * has been read, abandoned or broken, a `Response` with its body, and at once where the body cannot be read any more.
 * A `Response` that is not `ok` is a failure.
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
    // The getter of `then` throws: there is no promise to wait for.
  }
  return observeValue(result, inFlight, bodies);
}

function observeValue<T>(value: T, inFlight: InFlight, bodies: EndingBodies): T {
  try {
    return observeBodyOrStream(value, inFlight, bodies);
  } catch {
    // The getters of the result throw: all that is known is that the call has returned.
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
    const isEnding = bodies === 'all' || EVENT_STREAM.test(value.headers.get('content-type') ?? '');
    const body = isEnding ? unreadBody(value) : undefined;
    if (body === undefined) inFlight.end();
    else observe(body, inFlight, (stream, observer) => observeBody(value, stream, observer));
    return value;
  }
  // What `withResponse()` of the SDKs resolves with.
  const { data, response } = (value ?? {}) as { readonly data?: unknown; readonly response?: unknown };
  if (isStream(data) && isResponse(response)) observe(data, inFlight, observeStream);
  else inFlight.end();
  return value;
}

function observe<Stream extends object, Result>(
  stream: Stream,
  inFlight: InFlight,
  attach: (stream: Stream, observer: StreamObserver) => Result,
): Result {
  inFlight.touch?.();
  return attach(stream, new ResultObserver(inFlight, stream));
}

/**
 * Ends a request or operation with a stream. It has no `abandon`: the stream refers to the handle of the request, so that
 * both are garbage-collected together.
 */
class ResultObserver implements StreamObserver {
  private readonly inFlight: InFlight;
  /** After the first chunk a failure is an interruption. */
  private begun: boolean;

  constructor(inFlight: InFlight, stream: object) {
    this.inFlight = inFlight;
    this.begun = readMember(stream, 'readableDidRead') === true;
  }

  chunk(): void {
    this.begun = true;
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
