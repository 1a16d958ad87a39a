import type { ErrorType } from '../catalogue/error-types.js';
import type { RequestCost } from '../cost/compute-cost.js';
import { type calculateCost, unpricedReason } from '../cost/pricing.js';
import type { Usage } from '../cost/usage.js';
import { isCost, isCount } from '../metrics/amounts.js';
import type { RequestRecorder, UsageMissingReason } from '../metrics/recorder.js';
import { CallTotals, FollowedCall, type FollowingRequest } from './followed-call.js';
import { guard } from './guard.js';
import {
  type CalledModel,
  mergeResponseInfo,
  type ResponseInfo,
  type StartedRequest,
  type UsageGap,
} from './handle.js';
import { type OnDrop, readUsage } from './input.js';
import type { RequestDeps } from './lifecycle.js';
import type { RequestResult } from './spans.js';
import { estimatedUsage, missingReason } from './usage-gap.js';

/** Dependencies of an account. */
export interface AccountDeps extends Pick<RequestDeps, 'price'> {
  readonly recorder: RequestRecorder;
}

/**
 * Usage and cost of one request. They are set by the caller or by the client that started it, or otherwise added up
 * from the calls observed within it.
 */
export class RequestAccount {
  private readonly request: FollowingRequest;
  private readonly deps: AccountDeps;
  private usage: Usage | undefined;
  private response: ResponseInfo = {};
  private gap: UsageGap | undefined;
  private calls: Calls | undefined;

  constructor(request: FollowingRequest, deps: AccountDeps) {
    this.request = request;
    this.deps = deps;
  }

  /** The model that answered, if it is known. */
  get answeredModel(): string | undefined {
    return this.response.model;
  }

  /** Whether calls are observed within the request. */
  get hasCalls(): boolean {
    return this.calls !== undefined;
  }

  setUsage(usage: Usage): void {
    this.usage = readUsage(usage);
  }

  missUsage(gap: UsageGap): void {
    this.gap = gap;
  }

  /** @param added - a copy made by `readResponseInfo`. */
  addResponse(added: ResponseInfo): void {
    this.response = mergeResponseInfo(this.response, added);
  }

  /** Observes a call that is made within the request. */
  follow(called: CalledModel): StartedRequest {
    this.calls ??= { open: new Set(), closed: new CallTotals() };
    const { recorder } = this.deps;
    const call = new FollowedCall(called, this.request, this, (reason) => {
      guard(recorder, 'fetch', () => recorder.drop(reason, 'fetch'));
    });
    this.calls.open.add(call);
    return call;
  }

  /** Adds the usage of a call. A call that outlasts the request is recorded separately, because it is also billed. */
  callEnded(call: FollowedCall): void {
    const { calls, request } = this;
    if (calls === undefined) return;
    calls.open.delete(call);
    guard(this.deps.recorder, 'request', () => {
      this.recordEstimate(call, call.gap, call.response);
      if (!request.ended) this.add(call, calls.closed);
      else if (this.usage === undefined) {
        const totals = this.add(call, new CallTotals());
        this.recordUsage(totals.usage, totals.missing);
        // A cost that was set for the request covers all calls.
        if (this.response.costUsd === undefined) this.recordCost(totals.cost, totals.isUnpriced);
      }
    });
  }

  /**
   * Records the tokens.
   *
   * @returns the number of output tokens after the first one, for the time per output token. It is `undefined` for an
   * answer that broke off, whose count is incomplete, and for several calls, which share no rate.
   */
  recordTokens(errorType: ErrorType | undefined): number | undefined {
    const isAnswered = errorType === undefined;
    const calls = this.usage === undefined ? this.calls : undefined;
    const usage = this.usage ?? calls?.closed.usage;
    this.recordUsage(usage, this.missingReason(usage, calls, isAnswered), errorType);
    this.recordEstimate(this.request, this.gap, this.response);
    const isOne = calls === undefined || (calls.closed.counted === 1 && calls.open.size === 0);
    if (!isAnswered || !isOne || usage === undefined || !isCount(usage.outputTokens)) return undefined;
    return usage.outputTokens > 1 ? usage.outputTokens - 1 : undefined;
  }

  /** Records the cost or counts it as unknown; returns the cost for the span. */
  recordCosts(): RequestCost | undefined {
    const { usage, response, calls } = this;
    if (usage !== undefined) {
      const { serviceTier, costUsd: reportedCostUsd, model: answeredModel } = response;
      const context = { serviceTier, reportedCostUsd, answeredModel };
      const cost = this.price(this.request, usage, context);
      return this.recordCost(cost, cost === undefined);
    }
    if (response.costUsd !== undefined) return this.recordCost({ totalUsd: response.costUsd }, false);
    return this.recordCost(calls?.closed.cost, calls?.closed.isUnpriced === true);
  }

  /** @param cost - the result of {@link recordCosts}. */
  totals(cost: RequestCost | undefined): RequestResult {
    const { usage, response } = this;
    const calls = usage === undefined ? this.callsSoFar() : undefined;
    return { response, usage: usage ?? calls?.usage, cost: cost ?? calls?.cost };
  }

  /** Why usage is missing. Calls that are still open are counted when they end. */
  private missingReason(
    usage: Usage | undefined,
    calls: Calls | undefined,
    isAnswered: boolean,
  ): UsageMissingReason | undefined {
    const { gap, request } = this;
    if (calls === undefined) return missingReason({ operation: request.operation, usage, gap }, isAnswered);
    const { answered, missing } = calls.closed;
    if (missing !== undefined) return isAnswered || missing === 'cut_off' ? missing : undefined;
    if (answered > 0 || calls.open.size > 0) return undefined;
    return missingReason({ operation: request.operation, usage, gap }, isAnswered);
  }

  private recordUsage(
    usage: Usage | undefined,
    missing: UsageMissingReason | undefined,
    errorType?: ErrorType,
  ): void {
    const { provider, model } = this.request;
    const { recorder } = this.deps;
    if (usage !== undefined) {
      recorder.recordUsage(provider, model, usage, this.request.callFacts(), errorType);
    }
    if (missing !== undefined) recorder.recordUsageMissing(provider, model, missing);
  }

  /** Records the estimated output of an answer that was cut off, beside the exact amounts. */
  private recordEstimate(call: CalledModel, gap: UsageGap | undefined, response: ResponseInfo): void {
    const usage = estimatedUsage(gap);
    if (usage === undefined) return;
    const { provider, model } = this.request;
    const context = { serviceTier: response.serviceTier, answeredModel: response.model };
    const cost = this.price(call, usage, context) ?? this.price(this.request, usage, context);
    // Fees for a request are not part of the estimate.
    const costUsd = cost?.outputUsd ?? cost?.totalUsd;
    this.deps.recorder.recordEstimate(provider, model, usage.outputTokens, costUsd);
  }

  private recordCost(cost: RequestCost | undefined, isUnpriced: boolean): RequestCost | undefined {
    const { provider, model } = this.request;
    const { recorder } = this.deps;
    if (cost !== undefined) recorder.recordCost(provider, model, cost.totalUsd);
    if (isUnpriced) recorder.recordUnpricedRequest(provider, model, unpricedReason(provider, model));
    return isCost(cost?.totalUsd) ? cost : undefined;
  }

  /** Adds up all calls, including those that have not ended. */
  private callsSoFar(): CallTotals | undefined {
    const { calls } = this;
    if (calls === undefined || calls.open.size === 0) return calls?.closed;
    const totals = Object.assign(new CallTotals(), calls.closed);
    for (const call of calls.open) this.add(call, totals, () => undefined);
    return totals;
  }

  private add(call: FollowedCall, totals: CallTotals, onDrop: OnDrop = call.onDrop): CallTotals {
    const { model: answeredModel, serviceTier, costUsd: reportedCostUsd } = call.response;
    const context = { answeredModel, serviceTier, reportedCostUsd };
    // A call is priced by its own model or, if that has no price, by the model of the request.
    totals.add(
      call,
      (usage) => this.price(call, usage, context) ?? this.price(this.request, usage, context),
      onDrop,
    );
    return totals;
  }

  private price(
    { provider, model }: CalledModel,
    usage: Usage,
    context: Parameters<typeof calculateCost>[3],
  ): RequestCost | undefined {
    return this.deps.price(provider, model, usage, context);
  }
}

/** The calls made within a request. */
interface Calls {
  readonly open: Set<FollowedCall>;
  readonly closed: CallTotals;
}
