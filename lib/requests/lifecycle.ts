import type { Context, Span } from '@opentelemetry/api';
import { type ErrorType, normaliseErrorType } from '../catalogue/error-types.js';
import { calculateCost } from '../cost/pricing.js';
import { classifyError } from '../errors/classify-error.js';
import type { DropReason, RequestRecorder } from '../metrics/recorder.js';
import {
  ABANDONED,
  type Abandonable,
  type AbandonmentTracker,
  type AbandonReason,
  PROCESS_TRACKER,
  type Tracked,
} from '../streams/abandoned.js';
import { runInContext } from './context.js';
import { countFailure } from './guard.js';
import { NO_SPAN } from './noop-handles.js';

/** Dependencies of requests and operations, apart from the recorder. */
export interface RequestDeps {
  /** Returns the cost of one request, or `undefined` if the price is unknown. */
  readonly price: typeof calculateCost;
  readonly tracker: AbandonmentTracker;
}

/** The default dependencies. */
export const REQUEST_DEPS: RequestDeps = { price: calculateCost, tracker: PROCESS_TRACKER };

/** The lifecycle of a request or an operation: it starts when it is created and ends exactly once. */
export abstract class Lifecycle implements Abandonable {
  readonly span: Span;
  readonly startMs: number;
  ended = false;
  protected readonly recorder: RequestRecorder;
  protected readonly deps: RequestDeps;
  /** The context in which the request or operation was started. */
  protected readonly parent: Context;
  protected lastUsedMs: number;
  private active: Context | undefined;
  private tracked: Tracked | undefined;
  private lostAtMs: number | undefined;

  constructor(recorder: RequestRecorder, deps: RequestDeps, parent: Context, span: Span | undefined) {
    this.recorder = recorder;
    this.deps = deps;
    this.parent = parent;
    this.span = span ?? NO_SPAN;
    this.startMs = recorder.now();
    this.lastUsedMs = this.startMs;
  }

  /** Makes it end when the caller's handle is garbage-collected, or after `maxDurationMs`. */
  begin(handle: object, maxDurationMs: number | undefined): void {
    this.tracked = this.deps.tracker.track(handle, this, maxDurationMs, this.startMs);
  }

  end(): void {
    if (!this.ended) this.finish(undefined, undefined);
  }

  fail(error: unknown, errorType?: ErrorType): void {
    if (!this.ended) this.finish(normaliseErrorType(errorType) ?? this.classify(error), error);
  }

  /** Ends it because the caller no longer can or did not in time. */
  abandon(reason: AbandonReason): void {
    if (this.ended) return;
    if (reason === 'collected') this.lost();
    this.finish(ABANDONED[reason], undefined);
  }

  /** Makes the time of its last use its end, because garbage collection happens long after that. */
  lost(): void {
    this.lostAtMs ??= this.lastUsedMs;
  }

  run<T>(fn: () => T): T {
    this.active ??= this.createContext();
    return runInContext(this.active, fn);
  }

  /** Records that it is still in use. */
  touch(): void {
    this.lastUsedMs = this.recorder.now();
  }

  /** Classifies an error for which the caller gave no error type. */
  classify(error: unknown): ErrorType {
    return classifyError(error);
  }

  /** Counts a value that was dropped. */
  drop(reason: DropReason, where: string): void {
    try {
      this.recorder.drop(reason, where);
    } catch {
      countFailure(this.recorder, where);
    }
  }

  /** Creates the context for code that runs within it. */
  protected abstract createContext(): Context;

  /** Records its end; called once. */
  protected abstract record(errorType: ErrorType | undefined, error: unknown, endMs: number): void;

  private finish(errorType: ErrorType | undefined, error: unknown): void {
    const endMs = this.lostAtMs ?? this.recorder.now();
    this.ended = true;
    try {
      if (this.tracked !== undefined) this.deps.tracker.untrack(this.tracked);
    } catch {
      countFailure(this.recorder, 'abandoned');
    }
    this.record(errorType, error, endMs);
  }
}

/** The caller's handle. Once it is garbage-collected, the caller can no longer end the request or operation. */
export class LifecycleHandle<Kind extends Lifecycle> {
  protected readonly lifecycle: Kind;

  constructor(lifecycle: Kind) {
    this.lifecycle = lifecycle;
  }

  get span(): Span {
    return this.lifecycle.span;
  }
  get ended(): boolean {
    return this.lifecycle.ended;
  }
  end(): void {
    this.lifecycle.end();
  }
  fail(error: unknown, errorType?: ErrorType): void {
    this.lifecycle.fail(error, errorType);
  }
  run<T>(fn: () => T): T {
    return this.lifecycle.run(fn);
  }
  classify(error: unknown): ErrorType {
    return this.lifecycle.classify(error);
  }
  touch(): void {
    this.lifecycle.touch();
  }
  lost(): void {
    this.lifecycle.lost();
  }
}
