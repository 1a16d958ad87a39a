import type { ErrorType } from '../catalogue/error-types.js';
import { classifyError } from '../errors/classify-error.js';

/** A request or an operation, as the thing that its result ends. None of its methods throws. */
export interface Followed {
  end(): void;
  fail(error: unknown, errorType?: ErrorType): void;
  run<T>(fn: () => T): T;
  /** What an error that ends it is, by all that it knows. */
  classify?(error: unknown): ErrorType;
  /** Notes that its result has just been handed to the caller. */
  touch?(): void;
}

/** Types of errors that say no more than that it broke off, once a stream or an answer has begun. */
export const BROKEN_OFF: ReadonlySet<ErrorType> = new Set(['unknown', 'api_error', 'network']);

/** Turns what happens to a stream, seen from any number of readers, into the one end of what it is the result of. */
export class StreamEnd {
  private readonly followed: Followed;
  private readers = 1;
  private begun = false;

  constructor(followed: Followed) {
    this.followed = followed;
  }

  /** A chunk has come: from here on a failure is an interruption. */
  chunk(): void {
    this.begun = true;
  }

  /** Somebody reads beside the others: only when all have gone is the stream abandoned. */
  addReader(): void {
    this.readers += 1;
  }

  done(): void {
    this.followed.end();
  }

  failed(error: unknown): void {
    const errorType = this.followed.classify?.(error) ?? classifyError(error);
    this.followed.fail(error, this.begun && BROKEN_OFF.has(errorType) ? 'stream_interrupted' : errorType);
  }

  /** A reader has gone before the end. */
  cancelled(): void {
    this.readers -= 1;
    if (this.readers <= 0) this.aborted();
  }

  /** The stream was stopped for all of its readers. */
  aborted(): void {
    this.followed.fail(undefined, 'client_cancelled');
  }

  /** Looks at one step of an iterator or reader. */
  step(step: unknown): void {
    let isDone: boolean;
    try {
      isDone = (step as { readonly done?: unknown }).done === true;
    } catch {
      // A step that cannot be looked at is a chunk like any other: the next ones tell.
      isDone = false;
    }
    if (isDone) this.done();
    else this.chunk();
  }

  /** Runs a step of the stream with its request or operation active, for generators that do their work there. */
  run<T>(fn: () => T): T {
    return this.followed.run(fn);
  }
}
