import type { Span } from '@opentelemetry/api';
import type { ErrorType } from '../catalogue/error-types.js';
import { ATTRIBUTES } from '../catalogue/semconv.js';
import { classifyResponse, isClosedEarly, readMember } from '../errors/classify-error.js';
import type { NodeServerResponse, ResponseEnd, ResponseObserver } from '../streams/node-response.js';
import { BROKEN_OFF } from './observe-result.js';

/** The operation that a response ends. */
export interface RespondingOperation {
  readonly span: Span;
  readonly ended: boolean;
  /** The error type of the request that ended last, or `undefined` if it succeeded or there was none. */
  readonly lastErrorType: ErrorType | undefined;
  /** The time since the operation started. */
  elapsedMs(): number;
  classify(error: unknown): ErrorType;
  end(): void;
  fail(error: unknown, errorType?: ErrorType): void;
}

/** A failure of the code that answers: the response that it leads to ends the operation. */
export interface NotedFailure {
  readonly error: unknown;
  readonly errorType: ErrorType | undefined;
}

/** Types that do not give the cause of a status: a caller who received the response did not leave. */
const UNSPECIFIC: ReadonlySet<ErrorType | undefined> = new Set([
  undefined,
  'unknown',
  'api_error',
  'client_cancelled',
]);

/** What is known of a response beside its end. */
export interface ResponseNotes {
  /** Sets what is known of the operation only when its response ends. */
  readonly describe?: (() => void) | undefined;
  /** The failure that the response reports, if it is known already. */
  readonly failure?: NotedFailure | undefined;
}

/** The head of a response, as it stands. */
export type ResponseHead = Pick<NodeServerResponse, 'statusCode' | 'headersSent'>;

/** Ends an operation with the response that it answers with. */
export class OperationResponse implements ResponseObserver {
  /** The failure that the response reports. */
  failure: NotedFailure | undefined;
  private readonly operation: RespondingOperation;
  private readonly response: ResponseHead;
  private readonly describe: (() => void) | undefined;
  private sentStatus: unknown;

  constructor(operation: RespondingOperation, response: ResponseHead, notes: ResponseNotes) {
    this.operation = operation;
    this.response = response;
    this.failure = notes.failure;
    this.describe = notes.describe;
  }

  firstByte(): void {
    this.setAttribute(ATTRIBUTES.timeToFirstByteMs, this.operation.elapsedMs());
  }

  headSent(): void {
    // A middleware that collects the body sends the head with its end.
    if (this.headersSent) this.sentStatus = this.statusCode;
  }

  end(end: ResponseEnd): void {
    const { operation, failure, headersSent } = this;
    if (operation.ended) return;
    const statusCode = Number(this.sentStatus ?? this.statusCode);
    try {
      this.describe?.();
    } catch {
      // A function of the user throws, so only its description is lost.
    }
    if (headersSent) this.setAttribute(ATTRIBUTES.httpStatusCode, statusCode);
    if (end.how === 'client_left') operation.fail(undefined, 'client_cancelled');
    else if (end.how === 'broken') {
      const error = end.error ?? failure?.error;
      operation.fail(error, this.brokenType(error));
    } else if (statusCode >= 500) operation.fail(failure?.error, this.statusType(statusCode));
    else operation.end();
  }

  /** The cause of a status is the error of the code that answered or, if it says nothing, the last request's. */
  private statusType(statusCode: number): ErrorType {
    const causes = [this.failureType(), this.operation.lastErrorType];
    return causes.find((cause) => !UNSPECIFIC.has(cause)) ?? classifyResponse(statusCode);
  }

  private brokenType(error: unknown): ErrorType {
    const { operation, failure, headersSent } = this;
    const { lastErrorType } = operation;
    // The caller is still there, so the error of a pipe does not mean that it left.
    const isUnknown = error === undefined || isClosedEarly(error);
    const errorType = error === failure?.error ? this.failureType() : operation.classify(error);
    if (!isUnknown && errorType !== undefined && !(headersSent && BROKEN_OFF.has(errorType))) {
      return errorType;
    }
    return lastErrorType ?? (headersSent ? 'stream_interrupted' : 'server_error');
  }

  private get headersSent(): boolean {
    return readMember(this.response, 'headersSent') === true;
  }

  private get statusCode(): unknown {
    return readMember(this.response, 'statusCode');
  }

  private failureType(): ErrorType | undefined {
    const { operation, failure } = this;
    return failure && (failure.errorType ?? operation.classify(failure.error));
  }

  private setAttribute(name: string, value: number): void {
    try {
      this.operation.span.setAttribute(name, value);
    } catch {
      // A user's span throws, so only this attribute is lost.
    }
  }
}
