import type { Context } from '@opentelemetry/api';
import { billsTokens } from '../catalogue/attributes.js';
import type { ErrorType } from '../catalogue/error-types.js';
import type { Cost } from '../cost/cost.js';
import { isCost, isCount } from '../instruments/amounts.js';
import type { RequestRecorder } from '../instruments/recorder.js';
import { activeContext } from './active-context.js';
import { attempt } from './attempt.js';
import { operationOf, withRequest } from './call-context.js';
import type { RequestDeps } from './deps.js';
import { type RequestInput, readResponseInfo, readUsage } from './input.js';
import { Live } from './live.js';
import type { OperationScope, RequestNote } from './operation-scope.js';
import type { RequestHandle, ResponseInfo } from './request-handle.js';
import { setFailure, setResultAttributes, startRequestSpan } from './spans.js';
import type { Usage } from './usage.js';

/** The whole life of one request: everything it records is recorded here. */
export class LiveRequest extends Live implements RequestHandle {
  readonly provider: string;
  readonly model: string;
  private readonly operation: string;
  private readonly scope: OperationScope | undefined;
  private readonly note: RequestNote | undefined;
  private timeToFirstTokenMs: number | undefined;
  private usage: Usage | undefined;
  private response: ResponseInfo = {};

  constructor(input: RequestInput, recorder: RequestRecorder, deps: RequestDeps) {
    const { provider, model, operation } = input;
    const parent = activeContext();
    const span = attempt(recorder, 'startRequest', () => startRequestSpan(recorder.tracer, input, parent));
    super(recorder, deps, parent, span);
    this.provider = provider;
    this.model = model;
    this.operation = operation;
    this.scope = operationOf(parent);
    this.note = this.scope?.requestStarted(provider, model, operation, this.startMs);
  }

  /** Counts the request as active, too. */
  override begin(held: object, maxDurationMs: number | undefined): void {
    super.begin(held, maxDurationMs);
    this.recorder.addActiveRequests(1);
  }

  firstToken(): void {
    if (this.ended || this.timeToFirstTokenMs !== undefined) return;
    this.touch();
    const { provider, model, recorder, span } = this;
    const elapsedMs = this.lastSeenMs - this.startMs;
    this.timeToFirstTokenMs = elapsedMs;
    attempt(recorder, 'firstToken', () => {
      recorder.recordTimeToFirstToken(provider, model, elapsedMs, span.spanContext());
    });
  }

  setUsage(usage: Usage): void {
    if (this.ended || typeof usage !== 'object' || usage === null) return;
    this.touch();
    this.usage = readUsage(usage);
  }

  setResponse(info: ResponseInfo): void {
    if (this.ended || typeof info !== 'object' || info === null) return;
    this.touch();
    const before = this.response;
    const said = readResponseInfo(info, (reason) => this.drop(reason, 'setResponse'));
    this.response = {
      id: said.id ?? before.id,
      model: said.model ?? before.model,
      finishReasons: said.finishReasons ?? before.finishReasons,
      serviceTier: said.serviceTier ?? before.serviceTier,
      costUsd: said.costUsd ?? before.costUsd,
    };
  }

  protected within(parent: Context): Context {
    return withRequest(parent, this);
  }

  protected record(errorType: ErrorType | undefined, error: unknown, endMs: number): void {
    const { provider, model, recorder, span } = this;
    const durationMs = endMs - this.startMs;
    // Each step on its own, so that a span processor or a price that throws costs no more than itself.
    attempt(recorder, 'request', () => recorder.addActiveRequests(-1));
    attempt(recorder, 'request', () => {
      recorder.recordRequest(provider, model, errorType, durationMs, span.spanContext());
      if (this.note !== undefined) this.scope?.requestEnded(this.note, errorType, endMs, error);
    });
    attempt(recorder, 'request', () => this.recordTokens(errorType, durationMs));
    const costUsd = attempt(recorder, 'request', () => this.recordCost());
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
    const isPaced = isCount(usage.outputTokens) && usage.outputTokens > 1;
    if (answered && timeToFirstTokenMs !== undefined && isPaced) {
      const afterFirstMs = durationMs - timeToFirstTokenMs;
      recorder.recordTimePerOutputToken(provider, model, afterFirstMs / (usage.outputTokens - 1));
    }
  }

  private recordCost(): number | undefined {
    const { provider, model, recorder, usage } = this;
    const costUsd = usage === undefined ? this.response.costUsd : this.price(usage)?.totalUsd;
    if (costUsd !== undefined) recorder.recordCost(provider, model, costUsd);
    else if (usage !== undefined) recorder.recordUnpricedRequest(provider, model);
    return isCost(costUsd) ? costUsd : undefined;
  }

  private price(usage: Usage): Cost | undefined {
    const { serviceTier, costUsd, model: answeredModel } = this.response;
    return this.deps.price(this.provider, this.model, usage, {
      serviceTier,
      reportedCostUsd: costUsd,
      answeredModel,
    });
  }
}
