import type { Context } from '@opentelemetry/api';
import type { ErrorType } from '../catalogue/error-types.js';
import { billsTokens } from '../catalogue/semconv.js';
import type { Cost } from '../cost/compute-cost.js';
import { isCost, isCount } from '../metrics/amounts.js';
import type { RequestRecorder } from '../metrics/recorder.js';
import { activeContext } from './active-context.js';
import { attempt } from './attempt.js';
import { type OnDrop, readNameText } from './bounded-members.js';
import { operationOf, withRequest } from './call-context.js';
import { CallTotals, type PriceCall } from './call-totals.js';
import type { RequestDeps } from './deps.js';
import {
  type CalledModel,
  type FollowableRequest,
  FollowedCall,
  type FollowingRequest,
} from './followed-call.js';
import { type RequestInput, readResponseInfo, readUsage } from './input.js';
import { Live } from './lifecycle.js';
import type { OperationScope, RequestNote } from './operation-scope.js';
import { mergeResponseInfo, type ResponseInfo } from './response-info.js';
import { describeRequestSpan, setFailure, setResultAttributes, startRequestSpan } from './spans.js';
import type { Usage } from './usage.js';

/** The whole life of one request: everything it records is recorded here. */
export class LiveRequest extends Live implements FollowableRequest, FollowingRequest {
  readonly provider: string;
  private readonly operation: string;
  private readonly scope: OperationScope | undefined;
  private readonly note: RequestNote | undefined;
  private knownModel: string;
  private isNamed = false;
  private timeToFirstTokenMs: number | undefined;
  /** What was set by hand, or by the fetch that started the request. */
  private usage: Usage | undefined;
  private response: ResponseInfo = {};
  private calls: FollowedCalls | undefined;

  constructor(input: RequestInput, recorder: RequestRecorder, deps: RequestDeps) {
    const { provider, model, operation } = input;
    const parent = activeContext();
    const span = attempt(recorder, 'startRequest', () => startRequestSpan(recorder.tracer, input, parent));
    super(recorder, deps, parent, span);
    this.provider = provider;
    this.knownModel = model;
    this.operation = operation;
    this.scope = operationOf(parent);
    this.note = this.scope?.requestStarted(provider, operation, this.startMs);
    if (input.isModelLate !== true) this.nameModel();
  }

  get model(): string {
    return this.knownModel;
  }

  /** Counts the request as active, too. */
  override begin(held: object, maxDurationMs: number | undefined): void {
    super.begin(held, maxDurationMs);
    this.recorder.addActiveRequests(1);
  }

  firstToken(): void {
    if (this.ended || this.timeToFirstTokenMs !== undefined) return;
    this.touch();
    this.timeToFirstTokenMs = this.lastSeenMs - this.startMs;
    if (this.isNamed) this.recordFirstToken();
  }

  /** Tells what was not known when the request was started. */
  describe(model: string | undefined, streaming: boolean): void {
    if (this.ended) return;
    const name =
      model === undefined ? undefined : readNameText(model, (reason) => this.drop(reason, 'fetch'));
    if (name !== undefined) this.knownModel = name;
    attempt(this.recorder, 'request', () => {
      describeRequestSpan(this.span, this.operation, this.model, streaming);
    });
    this.nameModel();
  }

  /** Follows a call that is made within this request. */
  follow(call: CalledModel): FollowedCall {
    const followed = new FollowedCall(this, call);
    this.calls ??= { open: new Set(), closed: new CallTotals(), price: this.createPrice() };
    this.calls.open.add(followed);
    return followed;
  }

  /** Adds what a call has used; the answer of one that outlasts the request has still to be paid. */
  callEnded(call: FollowedCall): void {
    const { calls, recorder } = this;
    if (calls === undefined) return;
    calls.open.delete(call);
    const onDrop: OnDrop = (reason) => this.drop(reason, 'fetch');
    attempt(recorder, 'request', () => {
      if (!this.ended) {
        calls.closed.add(call, calls.price, onDrop);
      } else if (this.usage === undefined) {
        const totals = new CallTotals();
        totals.add(call, calls.price, onDrop);
        this.recordUsage(totals.usage, totals.isUsageMissing);
        // A cost that was set by hand is that of all calls.
        if (this.response.costUsd === undefined) this.recordCost(totals.costUsd, totals.isUnpriced);
      }
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
    const said = readResponseInfo(info, (reason) => this.drop(reason, 'setResponse'));
    this.response = mergeResponseInfo(this.response, said);
  }

  protected within(parent: Context): Context {
    return withRequest(parent, this);
  }

  protected record(errorType: ErrorType | undefined, error: unknown, endMs: number): void {
    const { provider, recorder, span } = this;
    const durationMs = endMs - this.startMs;
    this.nameModel();
    // Each step on its own, so that a span processor or a price that throws costs no more than itself.
    attempt(recorder, 'request', () => recorder.addActiveRequests(-1));
    attempt(recorder, 'request', () => {
      recorder.recordRequest(provider, this.model, errorType, durationMs, span.spanContext());
      if (this.note !== undefined) this.scope?.requestEnded(this.note, errorType, endMs, error);
    });
    attempt(recorder, 'request', () => this.recordTokens(errorType === undefined, durationMs));
    const costUsd = attempt(recorder, 'request', () => this.recordCosts());
    attempt(recorder, 'request', () => {
      if (!span.isRecording()) return;
      const { response, timeToFirstTokenMs } = this;
      const calls = this.usage === undefined ? this.callsSoFar() : undefined;
      const usage = this.usage ?? calls?.usage;
      setResultAttributes(span, { response, usage, costUsd: costUsd ?? calls?.costUsd, timeToFirstTokenMs });
      if (errorType !== undefined) setFailure(span, errorType, error);
    });
    attempt(recorder, 'request', () => span.end());
  }

  /** Records what waited for the name of the model. */
  private nameModel(): void {
    if (this.isNamed) return;
    this.isNamed = true;
    if (this.note !== undefined) {
      const { note } = this;
      attempt(this.recorder, 'request', () => this.scope?.requestNamed(note, this.model));
    }
    if (this.timeToFirstTokenMs !== undefined) this.recordFirstToken();
  }

  private recordFirstToken(): void {
    const { provider, model, recorder, span, timeToFirstTokenMs = 0 } = this;
    attempt(recorder, 'firstToken', () => {
      recorder.recordTimeToFirstToken(provider, model, timeToFirstTokenMs, span.spanContext());
    });
  }

  private recordTokens(isAnswered: boolean, durationMs: number): void {
    const { provider, model, recorder, timeToFirstTokenMs } = this;
    const calls = this.usage === undefined ? this.calls : undefined;
    const usage = this.usage ?? calls?.closed.usage;
    this.recordUsage(usage, isAnswered && this.isUsageMissing(usage, calls));
    // A broken stream has not counted its tokens to the end, and that of several calls has no one pace.
    const isOne = calls === undefined || (calls.closed.counted === 1 && calls.open.size === 0);
    if (!isAnswered || !isOne || timeToFirstTokenMs === undefined) return;
    if (usage === undefined || !isCount(usage.outputTokens) || !(usage.outputTokens > 1)) return;
    const afterFirstMs = durationMs - timeToFirstTokenMs;
    recorder.recordTimePerOutputToken(provider, model, afterFirstMs / (usage.outputTokens - 1));
  }

  /** Calls that are still open tell by themselves, when they end. */
  private isUsageMissing(usage: Usage | undefined, calls: FollowedCalls | undefined): boolean {
    if (calls !== undefined && (calls.closed.answered > 0 || calls.open.size > 0)) {
      return calls.closed.isUsageMissing;
    }
    return usage === undefined && billsTokens(this.operation);
  }

  private recordUsage(usage: Usage | undefined, isMissing: boolean): void {
    const { provider, model, recorder } = this;
    if (usage !== undefined) {
      recorder.recordTokenUsage(provider, model, usage.inputTokens, usage.outputTokens, usage);
    }
    if (isMissing) recorder.recordUsageMissing(provider, model);
  }

  private recordCosts(): number | undefined {
    const { usage, response, calls } = this;
    if (usage !== undefined) {
      const costUsd = this.price(usage)?.totalUsd;
      return this.recordCost(costUsd, costUsd === undefined);
    }
    if (response.costUsd !== undefined) return this.recordCost(response.costUsd, false);
    return this.recordCost(calls?.closed.costUsd, calls?.closed.isUnpriced === true);
  }

  private recordCost(costUsd: number | undefined, isUnpriced: boolean): number | undefined {
    const { provider, model, recorder } = this;
    if (costUsd !== undefined) recorder.recordCost(provider, model, costUsd);
    if (isUnpriced) recorder.recordUnpricedRequest(provider, model);
    return isCost(costUsd) ? costUsd : undefined;
  }

  /** What all calls have used, those included that have not ended. */
  private callsSoFar(): CallTotals | undefined {
    const { calls } = this;
    if (calls === undefined || calls.open.size === 0) return calls?.closed;
    const totals = Object.assign(new CallTotals(), calls.closed);
    for (const call of calls.open) totals.add(call, calls.price);
    return totals;
  }

  private price(usage: Usage): Cost | undefined {
    const { serviceTier, costUsd, model: answeredModel } = this.response;
    return this.deps.price(this.provider, this.model, usage, {
      serviceTier,
      reportedCostUsd: costUsd,
      answeredModel,
    });
  }

  /** By the model that the call asked for; where that has no price, by the names that the request was given. */
  private createPrice(): PriceCall {
    return (call, usage, context) =>
      (
        this.deps.price(call.provider, call.model, usage, context) ??
        this.deps.price(this.provider, this.model, usage, context)
      )?.totalUsd;
  }
}

/** The calls made within a request. */
interface FollowedCalls {
  readonly open: Set<FollowedCall>;
  readonly closed: CallTotals;
  readonly price: PriceCall;
}
