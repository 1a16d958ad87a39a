import { type Context, INVALID_SPAN_CONTEXT, type Span, trace } from '@opentelemetry/api';
import { billsTokens } from '../catalogue/attributes.js';
import type { ErrorType } from '../catalogue/error-types.js';
import { normaliseErrorType } from '../catalogue/normalise-error-type.js';
import type { Cost } from '../cost/cost.js';
import type { RequestRecorder } from '../instruments/recorder.js';
import { activeContext, operationOf, runInContext, withRequest } from './active-context.js';
import { attempt } from './attempt.js';
import { classifyError } from './classify-error.js';
import type { RequestDeps } from './deps.js';
import type { OperationScope, RequestNote } from './operation-scope.js';
import type { RequestHandle, RequestOptions, ResponseInfo } from './request-handle.js';
import { setFailure, setResultAttributes, startRequestSpan } from './spans.js';
import type { Usage } from './usage.js';
import { ABANDONED, type Abandonable, type AbandonReason, type WatchToken } from './watch.js';

/** The whole life of one request: everything it records is recorded here, and `finish` runs once. */
export class LiveRequest implements RequestHandle, Abandonable {
  readonly provider: string;
  readonly model: string;
  readonly span: Span;
  private readonly recorder: RequestRecorder;
  private readonly deps: RequestDeps;
  private readonly operation: string;
  private readonly parent: Context;
  private readonly scope: OperationScope | undefined;
  private readonly note: RequestNote | undefined;
  private readonly startMs: number;
  private active: Context | undefined;
  private watchToken: WatchToken;
  private lastSeenMs: number;
  private timeToFirstTokenMs: number | undefined;
  private usage: Usage | undefined;
  private response: ResponseInfo = {};
  private done = false;

  constructor(options: RequestOptions, recorder: RequestRecorder, deps: RequestDeps) {
    this.provider = options.provider;
    this.model = options.model;
    this.operation = options.operation ?? 'chat';
    this.recorder = recorder;
    this.deps = deps;
    this.parent = activeContext();
    this.span = this.startSpan(options);
    this.startMs = recorder.now();
    this.lastSeenMs = this.startMs;
    this.scope = operationOf(this.parent);
    this.note = this.scope?.requestStarted(this.provider, this.model, this.operation, this.startMs);
  }

  /** Counts the request as active and has it ended when `held`, the caller's handle, is lost. */
  begin(held: object, maxDurationMs: number | undefined): void {
    this.watchToken = this.deps.watcher.watch(held, this, maxDurationMs);
    this.recorder.addActiveRequests(1);
  }

  get ended(): boolean {
    return this.done;
  }

  firstToken(): void {
    if (this.done || this.timeToFirstTokenMs !== undefined) return;
    this.touch();
    const { provider, model, recorder, span } = this;
    const elapsedMs = this.lastSeenMs - this.startMs;
    this.timeToFirstTokenMs = elapsedMs;
    attempt(recorder, 'firstToken', () => {
      recorder.recordTimeToFirstToken(provider, model, elapsedMs, span.spanContext());
    });
  }

  setUsage(usage: Usage): void {
    if (this.done || typeof usage !== 'object' || usage === null) return;
    this.touch();
    this.usage = usage;
  }

  setResponse(info: ResponseInfo): void {
    if (this.done || typeof info !== 'object' || info === null) return;
    this.touch();
    const before = this.response;
    this.response = {
      id: info.id ?? before.id,
      model: info.model ?? before.model,
      finishReasons: info.finishReasons ?? before.finishReasons,
      serviceTier: info.serviceTier ?? before.serviceTier,
      costUsd: info.costUsd ?? before.costUsd,
    };
  }

  end(): void {
    if (!this.done) this.finish(undefined, undefined, this.recorder.now());
  }

  fail(error: unknown, errorType?: ErrorType): void {
    if (this.done) return;
    this.finish(normaliseErrorType(errorType) ?? classifyError(error), error, this.recorder.now());
  }

  /** Ends what nobody else can. A collected handle was last heard of long before its collection. */
  abandon(reason: AbandonReason): void {
    if (this.done) return;
    this.finish(ABANDONED[reason], undefined, reason === 'collected' ? this.lastSeenMs : this.recorder.now());
  }

  run<T>(fn: () => T): T {
    this.active ??= withRequest(trace.setSpan(this.parent, this.span), this);
    return runInContext(this.active, fn);
  }

  /** Notes that somebody still has to do with the request. */
  touch(): void {
    this.lastSeenMs = this.recorder.now();
  }

  private finish(errorType: ErrorType | undefined, error: unknown, endMs: number): void {
    this.done = true;
    const { provider, model, recorder, span } = this;
    const durationMs = endMs - this.startMs;
    let costUsd: number | undefined;
    // Each step on its own, so that a span processor or a price that throws costs no more than itself.
    attempt(recorder, 'request', () => this.deps.watcher.stop(this, this.watchToken));
    attempt(recorder, 'request', () => recorder.addActiveRequests(-1));
    attempt(recorder, 'request', () => {
      recorder.recordRequest(provider, model, errorType, durationMs, span.spanContext());
      if (this.note !== undefined) this.scope?.requestEnded(this.note, errorType, endMs, error);
    });
    attempt(recorder, 'request', () => this.recordTokens(errorType, durationMs));
    attempt(recorder, 'request', () => {
      costUsd = this.recordCost();
    });
    attempt(recorder, 'request', () => {
      if (!span.isRecording()) return;
      const { response, usage, timeToFirstTokenMs } = this;
      setResultAttributes(span, { response, usage, costUsd, timeToFirstTokenMs });
      if (errorType !== undefined) setFailure(span, errorType, error);
    });
    attempt(recorder, 'request', () => span.end());
  }

  private recordTokens(errorType: ErrorType | undefined, durationMs: number): void {
    const { provider, model, recorder, usage, timeToFirstTokenMs } = this;
    const answered = errorType === undefined;
    if (usage === undefined) {
      if (answered && billsTokens(this.operation)) recorder.recordUsageMissing(provider, model);
      return;
    }
    recorder.recordTokenUsage(provider, model, usage.inputTokens, usage.outputTokens, usage);
    // A broken stream has not counted its tokens to the end, so its pace is not known.
    if (answered && timeToFirstTokenMs !== undefined && usage.outputTokens > 1) {
      const afterFirstMs = durationMs - timeToFirstTokenMs;
      recorder.recordTimePerOutputToken(provider, model, afterFirstMs / (usage.outputTokens - 1));
    }
  }

  private recordCost(): number | undefined {
    const { provider, model, recorder, usage } = this;
    const costUsd = usage === undefined ? this.response.costUsd : this.price(usage)?.totalUsd;
    if (costUsd !== undefined) recorder.recordCost(provider, model, costUsd);
    else if (usage !== undefined) recorder.recordUnpricedRequest(provider, model);
    return costUsd;
  }

  private price(usage: Usage): Cost | undefined {
    const { serviceTier, costUsd, model: answeredModel } = this.response;
    return this.deps.price(this.provider, this.model, usage, {
      serviceTier,
      reportedCostUsd: costUsd,
      answeredModel,
    });
  }

  private startSpan(options: RequestOptions): Span {
    let span: Span | undefined;
    attempt(this.recorder, 'startRequest', () => {
      span = startRequestSpan(this.recorder.tracer, options, this.operation, this.parent);
    });
    return span ?? trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
  }
}
