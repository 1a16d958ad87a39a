import type { Context } from '@opentelemetry/api';
import type { ErrorType } from '../catalogue/error-types.js';
import { ATTRIBUTES } from '../catalogue/semconv.js';
import { isObject } from '../config/shapes.js';
import { brokenPipeType } from '../errors/broken-pipe.js';
import type { CacheTier, RequestRecorder } from '../metrics/recorder.js';
import { activeContext } from './active-context.js';
import { attempt } from './attempt.js';
import { lookUp } from './cache-lookup.js';
import { operationOf, withOperation } from './call-context.js';
import type { RequestDeps } from './deps.js';
import type { OperationInput } from './input.js';
import { type Interval, unionMs } from './interval-union.js';
import { Live } from './lifecycle.js';
import type { CacheLookupOptions, OperationHandle } from './operation-handle.js';
import type { OperationScope, RequestNote } from './operation-scope.js';
import { RecoveryTracker } from './recovery.js';
import { setFailure, startOperationSpan } from './spans.js';

/** The whole life of one operation: everything it records is recorded here. */
export class LiveOperation extends Live implements OperationHandle, OperationScope {
  // What only an operation with requests needs is made for the first one: a cache hit has none.
  private recovery: RecoveryTracker | undefined;
  private notes: RequestNote[] | undefined;
  private nested: Interval[] | undefined;
  /** What errors were when requests failed of them. */
  private failures: WeakMap<object, ErrorType> | undefined;
  /** What the request that ended last failed of; `undefined` where it succeeded. */
  private lastErrorType: ErrorType | undefined;

  constructor(input: OperationInput, recorder: RequestRecorder, deps: RequestDeps) {
    const parent = activeContext();
    const span = attempt(recorder, 'observeOperation', () =>
      startOperationSpan(recorder.tracer, input, parent),
    );
    super(recorder, deps, parent, span);
  }

  cacheLookup<T>(tier: CacheTier, lookup: () => T, options?: CacheLookupOptions<T>): T {
    const { span, recorder, deps } = this;
    return lookUp({ span, recorder, price: deps.price }, tier, lookup, options);
  }

  requestStarted(provider: string, operation: string, startMs: number): RequestNote {
    this.recovery ??= new RecoveryTracker();
    const started = this.recovery.start(provider, operation);
    const note: RequestNote = { attempt: started, startMs, endMs: undefined };
    this.notes ??= [];
    this.notes.push(note);
    return note;
  }

  requestNamed({ attempt: started }: RequestNote, model: string): void {
    const { follows, provider } = started;
    if (follows?.provider === provider) this.recorder.recordRetry(provider, model, follows.errorType);
    else if (follows !== undefined) {
      this.recorder.recordFailover(follows.provider, provider, follows.errorType);
    }
  }

  requestEnded(note: RequestNote, errorType: ErrorType | undefined, endMs: number, error: unknown): void {
    note.endMs = endMs;
    this.lastErrorType = errorType;
    if (errorType !== undefined && isObject(error)) {
      this.failures ??= new WeakMap();
      this.failures.set(error, errorType);
    }
    this.recovery?.end(note.attempt, errorType);
  }

  includeIntervals(intervals: readonly Interval[]): void {
    // One by one: a list of hundreds of thousands is too long to be arguments.
    this.nested ??= [];
    for (const interval of intervals) this.nested.push(interval);
  }

  /**
   * What a request of this operation failed of, where the same error ends the operation: the request knew whether
   * an answer had begun, which the error alone does not tell. The error of a pipe does not even tell which end of it
   * broke: the request that was piped does.
   */
  override classify(error: unknown): ErrorType {
    const known = isObject(error) ? this.failures?.get(error) : undefined;
    if (known !== undefined) return known;
    const errorType = super.classify(error);
    return this.notes === undefined ? errorType : brokenPipeType(error, errorType, this.lastErrorType);
  }

  protected within(parent: Context): Context {
    return withOperation(parent, this);
  }

  protected record(errorType: ErrorType | undefined, error: unknown, endMs: number): void {
    const { recorder, span } = this;
    const durationMs = endMs - this.startMs;
    const intervals = this.intervals(endMs);
    const overheadMs = durationMs - unionMs(intervals, this.startMs, endMs);
    // Each step on its own, so that a span processor that throws costs no more than the span.
    attempt(recorder, 'operation', () => {
      if (intervals.length > 0) operationOf(this.parent)?.includeIntervals(intervals);
      recorder.recordOperation(errorType, durationMs, overheadMs, span.spanContext());
    });
    attempt(recorder, 'operation', () => {
      if (!span.isRecording()) return;
      span.setAttribute(ATTRIBUTES.overheadMs, overheadMs);
      span.setAttribute(ATTRIBUTES.requestCount, this.notes?.length ?? 0);
      if (errorType !== undefined) setFailure(span, errorType, error);
    });
    attempt(recorder, 'operation', () => span.end());
  }

  /** When requests were in flight, also those of operations within this one. */
  private intervals(endMs: number): readonly Interval[] {
    const requests = (this.notes ?? []).map((note): Interval => [note.startMs, note.endMs ?? endMs]);
    return this.nested === undefined ? requests : [...requests, ...this.nested];
  }
}
