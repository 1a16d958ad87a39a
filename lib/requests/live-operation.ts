import {
  type Context,
  INVALID_SPAN_CONTEXT,
  isSpanContextValid,
  type Span,
  SpanKind,
  trace,
} from '@opentelemetry/api';
import { ATTRIBUTES } from '../catalogue/attributes.js';
import type { ErrorType } from '../catalogue/error-types.js';
import { normaliseErrorType } from '../catalogue/normalise-error-type.js';
import type { CacheTier, RequestRecorder } from '../instruments/recorder.js';
import { activeContext, operationOf, runInContext, withOperation } from './active-context.js';
import { attempt } from './attempt.js';
import { lookUp } from './cache-lookup.js';
import { classifyError } from './classify-error.js';
import type { RequestDeps } from './deps.js';
import { type Interval, unionMs } from './interval-union.js';
import type { CacheLookupOptions, OperationHandle, OperationOptions } from './operation-handle.js';
import type { OperationScope, RequestNote } from './operation-scope.js';
import { RecoveryTracker } from './recovery.js';
import { setFailure } from './spans.js';
import { ABANDONED, type Abandonable, type AbandonReason, type WatchToken } from './watch.js';

/** The whole life of one operation: everything it records is recorded here, and `finish` runs once. */
export class LiveOperation implements OperationHandle, OperationScope, Abandonable {
  readonly span: Span;
  private readonly recorder: RequestRecorder;
  private readonly deps: RequestDeps;
  private readonly parent: Context;
  private readonly active: Context;
  private readonly recovery = new RecoveryTracker();
  private readonly notes: RequestNote[] = [];
  private readonly nested: Interval[] = [];
  /** What errors were when requests failed of them; made for the first one. */
  private failures: WeakMap<object, ErrorType> | undefined;
  private readonly startMs: number;
  private watchToken: WatchToken;
  private lastSeenMs: number;
  private done = false;

  constructor(options: OperationOptions, recorder: RequestRecorder, deps: RequestDeps) {
    this.recorder = recorder;
    this.deps = deps;
    this.parent = activeContext();
    this.span = this.startSpan(options);
    this.active = withOperation(trace.setSpan(this.parent, this.span), this);
    this.startMs = recorder.now();
    this.lastSeenMs = this.startMs;
  }

  /** Has the operation ended when `held`, the caller's handle, is lost. */
  begin(held: object, maxDurationMs: number | undefined): void {
    this.watchToken = this.deps.watcher.watch(held, this, maxDurationMs);
  }

  get ended(): boolean {
    return this.done;
  }

  cacheLookup<T>(tier: CacheTier, lookup: () => T, options?: CacheLookupOptions<T>): T {
    return lookUp(
      { span: this.span, recorder: this.recorder, price: this.deps.price },
      tier,
      lookup,
      options,
    );
  }

  requestStarted(provider: string, model: string, operation: string, startMs: number): RequestNote {
    const started = this.recovery.start(provider, operation);
    const { follows } = started;
    if (follows?.provider === provider) this.recorder.recordRetry(provider, model, follows.errorType);
    else if (follows !== undefined) {
      this.recorder.recordFailover(follows.provider, provider, follows.errorType);
    }
    const note: RequestNote = { attempt: started, startMs, endMs: undefined };
    this.notes.push(note);
    return note;
  }

  requestEnded(note: RequestNote, errorType: ErrorType | undefined, endMs: number, error: unknown): void {
    note.endMs = endMs;
    if (errorType !== undefined && isObject(error)) {
      this.failures ??= new WeakMap();
      this.failures.set(error, errorType);
    }
    this.recovery.end(note.attempt, errorType);
  }

  includeIntervals(intervals: readonly Interval[]): void {
    this.nested.push(...intervals);
  }

  end(): void {
    if (!this.done) this.finish(undefined, undefined, this.recorder.now());
  }

  fail(error: unknown, errorType?: ErrorType): void {
    if (this.done) return;
    const known = normaliseErrorType(errorType) ?? this.failureOf(error);
    this.finish(known ?? classifyError(error), error, this.recorder.now());
  }

  /**
   * What a request of this operation failed of, where the same error ends the operation: the request knew whether
   * an answer had begun, which the error alone does not tell.
   */
  private failureOf(error: unknown): ErrorType | undefined {
    return isObject(error) ? this.failures?.get(error) : undefined;
  }

  /** Ends what nobody else can. A collected handle was last heard of long before its collection. */
  abandon(reason: AbandonReason): void {
    if (this.done) return;
    this.finish(ABANDONED[reason], undefined, reason === 'collected' ? this.lastSeenMs : this.recorder.now());
  }

  run<T>(fn: () => T): T {
    return runInContext(this.active, fn);
  }

  /** Notes that somebody still has to do with the operation. */
  touch(): void {
    this.lastSeenMs = this.recorder.now();
  }

  private finish(errorType: ErrorType | undefined, error: unknown, endMs: number): void {
    this.done = true;
    const { recorder, span } = this;
    const requests = this.notes.map((note): Interval => [note.startMs, note.endMs ?? endMs]);
    const intervals = [...requests, ...this.nested];
    const durationMs = endMs - this.startMs;
    const overheadMs = durationMs - unionMs(intervals, this.startMs, endMs);
    // Each step on its own, so that a span processor that throws costs no more than the span.
    attempt(recorder, 'operation', () => this.deps.watcher.stop(this, this.watchToken));
    attempt(recorder, 'operation', () => operationOf(this.parent)?.includeIntervals(intervals));
    attempt(recorder, 'operation', () => {
      recorder.recordOperation(errorType, durationMs, overheadMs, span.spanContext());
    });
    attempt(recorder, 'operation', () => {
      span.setAttribute(ATTRIBUTES.overheadMs, overheadMs);
      span.setAttribute(ATTRIBUTES.requestCount, requests.length);
      if (errorType !== undefined) setFailure(span, errorType, error);
    });
    attempt(recorder, 'operation', () => span.end());
  }

  private startSpan(options: OperationOptions): Span {
    let span: Span | undefined;
    attempt(this.recorder, 'observeOperation', () => {
      const outer = trace.getSpanContext(this.parent);
      // A remote parent is the caller of this process, and the operation is what serves it.
      const isWithin = outer !== undefined && isSpanContextValid(outer) && outer.isRemote !== true;
      const kind = isWithin ? SpanKind.INTERNAL : SpanKind.SERVER;
      const { name = 'llm_edge.operation', attributes = {} } = options;
      span = this.recorder.tracer.startSpan(name, { kind, attributes: { ...attributes } }, this.parent);
    });
    return span ?? trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
