import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { classifyError, classifyResponse } from '../errors/classify-error.js';
import type { RequestRecorder } from '../metrics/recorder.js';
import { current } from '../metrics/recorder.js';
import { countFailure } from '../requests/guard.js';
import type { RequestHandle } from '../requests/handle.js';
import { BROKEN_OFF } from '../requests/observe-result.js';
import type { StreamObserver } from '../streams/observation.js';
import type { BodyReader } from '../wire/body-reader.js';
import { type Answer, createAnswer } from '../wire/wire-format.js';
import type { AbortType } from './abort-type.js';

/** A request, and what only those that this package made can be told. */
export interface TappedRequest extends RequestHandle {
  /** Somebody still reads the answer. */
  touch?(): void;
  /** Nobody does any more, since it was touched last. */
  lost?(): void;
}

/** An answer on its way, and what is told of it. */
export interface AnswerInFlight<Piece = Uint8Array> {
  readonly request: TappedRequest;
  readonly recorder: RequestRecorder;
  readonly answer: Answer;
  /** None for bodies in which there is nothing to read, such as audio. */
  readonly reader: BodyReader<Piece> | undefined;
  /** Whether the answer comes in events: then it must say that it is finished. */
  readonly isStreamed: boolean;
  /** HTTP status, for errors that come within an answer. */
  readonly status: number;
  /** Says how the caller stopped the call, if it did. */
  readonly abortType: AbortType;
}

/** Tells a request what its answer says while the consumer reads it, and ends it with the answer. */
export class AnswerTap<Piece = Uint8Array> implements StreamObserver<Piece> {
  private readonly flight: AnswerInFlight<Piece>;
  private told = createAnswer();

  constructor(flight: AnswerInFlight<Piece>) {
    this.flight = flight;
  }

  chunk(piece: Piece): void {
    const { request, answer } = this.flight;
    if (request.ended) return;
    request.touch?.();
    this.push(piece);
    if (answer.error !== undefined || answer.closed) this.settle();
  }

  end(): void {
    if (this.flight.request.ended) return;
    this.finish();
    this.settle();
  }

  fail(error: unknown): void {
    const { request, isStreamed, abortType } = this.flight;
    if (request.ended) return;
    this.finish();
    const errorType = abortType(true) ?? classifyError(error);
    const isBroken = BROKEN_OFF.has(errorType);
    request.fail(error, isBroken ? (isStreamed ? 'stream_interrupted' : 'network') : errorType);
  }

  cancel(): void {
    const { request, answer } = this.flight;
    if (request.ended) return;
    this.finish();
    // A consumer that leaves after the last word has left nothing out.
    if (answer.finished || answer.error !== undefined) this.settle();
    else request.fail(undefined, 'client_cancelled');
  }

  abandon(): void {
    this.flight.request.lost?.();
    this.cancel();
  }

  fault(): void {
    countFailure(this.flight.recorder, 'fetch');
  }

  private push(piece: Piece): void {
    const { recorder, reader } = this.flight;
    if (reader === undefined) return;
    try {
      reader.push(piece);
    } catch {
      countFailure(recorder, 'fetch');
    }
    this.tell();
  }

  private finish(): void {
    const { recorder, reader } = this.flight;
    if (reader === undefined) return;
    try {
      reader.finish();
    } catch {
      countFailure(recorder, 'fetch');
    }
    this.tell();
  }

  /** Hands on what is new. */
  private tell(): void {
    const { answer, request } = this.flight;
    const { generated, usage, response } = this.told;
    if (answer.generated === generated && answer.usage === usage && answer.response === response) return;
    if (answer.generated && !generated) request.firstToken();
    if (answer.usage !== undefined && answer.usage !== usage) request.setUsage(answer.usage);
    if (answer.response !== response) request.setResponse(answer.response);
    this.told = { ...answer };
  }

  private settle(): void {
    const { answer, request, isStreamed, status } = this.flight;
    if (answer.error !== undefined) {
      request.fail(undefined, classifyResponse(status, { error: answer.error }));
    } else if (isStreamed && !answer.finished && !answer.closed) {
      request.fail(undefined, 'stream_interrupted');
    } else {
      request.end();
    }
  }
}

/** An error's body is small; of one that is not, the beginning tells. */
const ERROR_BYTES_MAX = INPUT_LIMITS.errorBody.value;

/** Reads the body of an answer that is not a success, as far as the consumer does, and ends the request with it. */
export class ErrorTap implements StreamObserver<Uint8Array> {
  private readonly request: TappedRequest;
  private readonly status: number;
  private readonly parts: Uint8Array[] = [];
  private length = 0;

  constructor(request: TappedRequest, status: number) {
    this.request = request;
    this.status = status;
  }

  chunk(bytes: Uint8Array): void {
    // A foreign body may come in pieces that are no bytes, or empty.
    if (!ArrayBuffer.isView(bytes) || bytes.length === 0) return;
    if (this.request.ended || this.length >= ERROR_BYTES_MAX) return;
    // The consumer owns the chunk and may reuse its memory.
    const part = Buffer.from(bytes.subarray(0, ERROR_BYTES_MAX - this.length));
    this.parts.push(part);
    this.length += part.length;
  }

  end(): void {
    if (this.request.ended) return;
    const body = Buffer.concat(this.parts).toString('utf8');
    this.request.fail(undefined, classifyResponse(this.status, body));
  }

  fail(): void {
    this.end();
  }

  cancel(): void {
    this.end();
  }

  abandon(): void {
    this.request.lost?.();
    this.end();
  }

  fault(): void {
    countFailure(current.recorder, 'fetch');
  }
}
