import { type Context, INVALID_SPAN_CONTEXT, type Span, trace } from '@opentelemetry/api';
import type { ErrorType } from '../catalogue/error-types.js';
import { normaliseErrorType } from '../catalogue/normalise-error-type.js';
import { classifyError } from '../errors/classify-error.js';
import type { DropReason, RequestRecorder } from '../metrics/recorder.js';
import { ABANDONED, type Abandonable, type AbandonReason, type WatchToken } from '../streams/abandoned.js';
import { runInContext } from './active-context.js';
import { attempt } from './attempt.js';
import type { RequestDeps } from './deps.js';

/** The span where there is none to be had. */
export const NO_SPAN: Span = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);

/** One life, of a request or an operation: it starts when it is made and ends exactly once, whoever ends it. */
export abstract class Live implements Abandonable {
  readonly span: Span;
  protected readonly recorder: RequestRecorder;
  protected readonly deps: RequestDeps;
  /** What was active when it started. */
  protected readonly parent: Context;
  protected readonly startMs: number;
  protected lastSeenMs: number;
  private active: Context | undefined;
  private watchToken: WatchToken;
  private lostAtMs: number | undefined;
  private done = false;

  constructor(recorder: RequestRecorder, deps: RequestDeps, parent: Context, span: Span | undefined) {
    this.recorder = recorder;
    this.deps = deps;
    this.parent = parent;
    this.span = span ?? NO_SPAN;
    this.startMs = recorder.now();
    this.lastSeenMs = this.startMs;
  }

  /** Has it ended when `held`, the caller's handle, is lost. */
  begin(held: object, maxDurationMs: number | undefined): void {
    this.watchToken = this.deps.watcher.watch(held, this, maxDurationMs);
  }

  get ended(): boolean {
    return this.done;
  }

  end(): void {
    if (!this.done) this.finish(undefined, undefined, this.endMs());
  }

  fail(error: unknown, errorType?: ErrorType): void {
    if (this.done) return;
    this.finish(normaliseErrorType(errorType) ?? this.classify(error), error, this.endMs());
  }

  /** Ends what nobody else can. */
  abandon(reason: AbandonReason): void {
    if (this.done) return;
    if (reason === 'collected') this.lost();
    this.finish(ABANDONED[reason], undefined, this.endMs());
  }

  /** Has it end when it was last heard of: what is collected was lost long before. */
  lost(): void {
    this.lostAtMs ??= this.lastSeenMs;
  }

  run<T>(fn: () => T): T {
    this.active ??= trace.setSpan(this.within(this.parent), this.span);
    return runInContext(this.active, fn);
  }

  /** Notes that somebody still has to do with it. */
  touch(): void {
    this.lastSeenMs = this.recorder.now();
  }

  /** Counts what somebody told it and could not be taken. */
  drop(reason: DropReason, where: string): void {
    attempt(this.recorder, where, () => this.recorder.drop(reason, where));
  }

  private endMs(): number {
    return this.lostAtMs ?? this.recorder.now();
  }

  /** What an error that ends it is, where nobody said so. */
  classify(error: unknown): ErrorType {
    return classifyError(error);
  }

  /** The context for what happens within it. */
  protected abstract within(parent: Context): Context;

  /** Records its end; called once. */
  protected abstract record(errorType: ErrorType | undefined, error: unknown, endMs: number): void;

  private finish(errorType: ErrorType | undefined, error: unknown, endMs: number): void {
    this.done = true;
    attempt(this.recorder, 'watch', () => this.deps.watcher.stop(this.watchToken));
    this.record(errorType, error, endMs);
  }
}
