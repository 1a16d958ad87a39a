import type { ErrorType } from '../catalogue/error-types.js';
import { pricedProvider } from '../catalogue/intermediaries.js';
import type { Cost, RequestCost } from '../cost/compute-cost.js';
import { unpricedReason } from '../cost/pricing.js';
import { isOtherModel } from '../cost/served-model.js';
import type { Usage, UsagePart } from '../cost/usage.js';
import { isCost, isCount } from '../metrics/amounts.js';
import type { RequestRecorder, UnpricedReason, UsageMissingReason } from '../metrics/recorder.js';
import { CallTotals, FollowedCall, type FollowingRequest } from './followed-call.js';
import { guard } from './guard.js';
import {
  type CalledModel,
  mergeResponseInfo,
  type ResponseInfo,
  type StartedRequest,
  type UsageGap,
} from './handle.js';
import { type OnDrop, readParts, readUsage } from './input.js';
import type { RequestDeps } from './lifecycle.js';
import type { RequestResult } from './spans.js';
import { estimatedUsage, missingReason } from './usage-gap.js';
import { billAnswer, type ModelBill, type PriceUsage, sumBills } from './usage-parts.js';

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
  private parts: readonly UsagePart[] | undefined;
  private response: ResponseInfo = {};
  private gap: UsageGap | undefined;
  private calls: Calls | undefined;
  private isUsageElsewhere = false;
  /** What was found last to have no price. */
  private unpriced: Unpriced | undefined;

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

  /** @param parts - the parts that are billed separately. */
  setUsage(usage: Usage, parts?: readonly UsagePart[]): void {
    this.usage = readUsage(usage);
    this.parts = readParts(parts);
  }

  /** Leaves the usage to another answer, which will report it or has done so. */
  leaveUsage(): void {
    this.isUsageElsewhere = true;
    this.usage = this.parts = undefined;
    this.response = { ...this.response, costUsd: undefined };
  }

  missUsage(gap: UsageGap): void {
    this.gap = gap;
  }

  /** @param added - a copy made by `readResponseInfo`. */
  addResponse(added: ResponseInfo): void {
    this.response = mergeResponseInfo(this.response, added);
  }

  /** Counts by whom the request was answered, if the answer says so. */
  recordRoute(): void {
    const { upstream } = this.response;
    if (upstream !== undefined) this.deps.recorder.recordRoutedRequest(this.request.provider, upstream);
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
      if (!call.isUsageElsewhere) this.recordEstimate(call, call.gap, call.response);
      if (!request.ended) this.add(call, calls.closed);
      else if (this.usage === undefined) {
        const totals = this.add(call, new CallTotals());
        this.recordUsage(this.billsOf(totals), totals.missing);
        // A cost that was set for the request covers all calls.
        if (this.response.costUsd === undefined) this.recordCost(this.billsOf(totals), totals.isUnpriced);
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
    // Tokens do not wait for a price, which is found later.
    const bills = this.bills(() => undefined);
    const usage = this.usage ?? calls?.closed.usage;
    this.recordUsage(bills, this.missingReason(usage, calls, isAnswered), errorType);
    if (!this.isUsageElsewhere) this.recordEstimate(this.request, this.gap, this.response);
    const isOne = calls === undefined || (calls.closed.counted === 1 && calls.open.size === 0);
    if (!isAnswered || !isOne || bills.length > 1) return undefined;
    if (usage === undefined || !isCount(usage.outputTokens)) return undefined;
    return usage.outputTokens > 1 ? usage.outputTokens - 1 : undefined;
  }

  /** Records the cost or counts it as unknown; returns the cost for the span. */
  recordCosts(): RequestCost | undefined {
    const { usage, request, response, calls } = this;
    const bills = this.bills();
    const [first] = bills;
    if (usage !== undefined) return this.recordCost(bills, first?.cost === undefined);
    if (response.costUsd === undefined) return this.recordCost(bills, calls?.closed.isUnpriced === true);
    const model = servedModel(request, response) ?? request.model;
    return this.recordCost([{ model, cost: { totalUsd: response.costUsd } }], false);
  }

  /** @param cost - the result of {@link recordCosts}. */
  totals(cost: RequestCost | undefined): RequestResult {
    const { usage, response } = this;
    const calls = usage === undefined ? this.callsSoFar() : undefined;
    const sum = sumBills(calls === undefined ? [] : this.billsOf(calls));
    return { response, usage: usage ?? sum.usage, cost: cost ?? sum.cost };
  }

  /** Why usage is missing. Calls that are still open are counted when they end. */
  private missingReason(
    usage: Usage | undefined,
    calls: Calls | undefined,
    isAnswered: boolean,
  ): UsageMissingReason | undefined {
    const { gap, isUsageElsewhere } = this;
    const own = { operation: this.request.operation, usage, gap, isUsageElsewhere };
    if (calls === undefined) return missingReason(own, isAnswered);
    const { answered, missing } = calls.closed;
    if (missing !== undefined) return isAnswered || missing === 'cut_off' ? missing : undefined;
    if (answered > 0 || calls.open.size > 0) return undefined;
    return missingReason(own, isAnswered);
  }

  /** What the request used and cost, by the model under which it is recorded. */
  private bills(price?: PriceUsage): readonly ModelBill[] {
    const { usage, parts, response, request, calls } = this;
    if (usage === undefined) return calls === undefined ? [] : this.billsOf(calls.closed);
    return this.billsOfAnswer(request, { usage, parts, response }, price);
  }

  /** What calls used and cost. */
  private billsOf({ usage, cost, reported, others }: CallTotals): readonly ModelBill[] {
    const { model } = this.request;
    return usage === undefined && cost === undefined ? others : [{ model, usage, cost, reported }, ...others];
  }

  private billsOfAnswer(
    called: CalledModel,
    { usage, parts, response }: Used,
    price: PriceUsage = (used, part) => {
      const cost = this.priceOf(called, response, used, part);
      if (cost === undefined) this.unpriced = this.unpricedPart(called, response, part);
      return cost;
    },
  ): readonly ModelBill[] {
    const { costUsd: reportedCostUsd } = response;
    // Parts say themselves which model did them.
    const served = (parts === undefined && servedModel(called, response)) || this.request.model;
    return billAnswer({ usage, parts, reportedCostUsd }, served, price);
  }

  private priceOf(called: CalledModel, response: ResponseInfo, usage: Usage, part?: UsagePart) {
    const { serviceTier, costUsd: reportedCostUsd } = response;
    const isOther = isOtherPart(part);
    const answeredModel = part?.model ?? response.model;
    const context = isOther ? { serviceTier } : { serviceTier, reportedCostUsd, answeredModel };
    const price = ([seller, model]: PricedNames): Cost | undefined =>
      this.deps.price(seller, model, usage, context);
    const names = pricedNames(called, response, part);
    const cost = price(names);
    if (cost !== undefined || called === this.request) return cost;
    // A call is priced by its own model or, if that has no price, by the model of the request.
    const others = pricedNames(this.request, response, part);
    return names.join('\n') === others.join('\n') ? undefined : price(others);
  }

  /** What has no price: the model under which it is recorded, and the reason. */
  private unpricedPart(called: CalledModel, response: ResponseInfo, part?: UsagePart): Unpriced {
    const [seller, priced] = pricedNames(called, response, part);
    const model = isOtherPart(part)
      ? priced
      : (part === undefined && servedModel(called, response)) || this.request.model;
    return { model, reason: unpricedReason(seller, priced) };
  }

  private recordUsage(
    bills: readonly ModelBill[],
    missing: UsageMissingReason | undefined,
    errorType?: ErrorType,
  ): void {
    const { provider, model } = this.request;
    const { recorder } = this.deps;
    const facts = this.request.callFacts();
    for (const { model: billed, usage } of bills) {
      if (usage === undefined) continue;
      const call = facts && billed !== model ? { ...facts, responseModel: billed } : facts;
      recorder.recordUsage(provider, model, usage, call, errorType, billed);
    }
    if (missing !== undefined) recorder.recordUsageMissing(provider, model, missing);
  }

  /** Records the estimated output of an answer that was cut off, beside the exact amounts. */
  private recordEstimate(call: CalledModel, gap: UsageGap | undefined, response: ResponseInfo): void {
    const usage = estimatedUsage(gap);
    if (usage === undefined) return;
    const { provider } = this.request;
    const cost = this.priceOf(call, { ...response, costUsd: undefined }, usage);
    // Fees for a request are not part of the estimate.
    const costUsd = cost?.outputUsd ?? cost?.totalUsd;
    const model = servedModel(call, response) ?? this.request.model;
    this.deps.recorder.recordEstimate(provider, model, usage.outputTokens, costUsd);
  }

  /** @returns the sum. */
  private recordCost(bills: readonly ModelBill[], isUnpriced: boolean): RequestCost | undefined {
    const { provider } = this.request;
    const { recorder } = this.deps;
    for (const { model, cost, reported } of bills) {
      if (cost !== undefined) recorder.recordCost(provider, model, cost.totalUsd);
      if (reported !== undefined)
        recorder.recordReportedCost(provider, model, reported.reportedUsd, reported.recomputedUsd);
    }
    const { unpriced } = this;
    if (isUnpriced && unpriced !== undefined)
      recorder.recordUnpricedRequest(provider, unpriced.model, unpriced.reason);
    const { cost } = sumBills(bills);
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
    const { parts, response } = call;
    const { model } = this.request;
    totals.add(call, model, (usage) => this.billsOfAnswer(call, { usage, parts, response }), onDrop);
    return totals;
  }
}

/** The model that answered in place of the requested one; `undefined` if none did. */
function servedModel(
  { provider, model: requested }: Pick<CalledModel, 'provider' | 'model'>,
  { model: answered, isFallback }: ResponseInfo,
): string | undefined {
  if (answered === undefined || answered === requested || isFallback === false) return undefined;
  return isFallback || isOtherModel(provider, requested, answered) ? answered : undefined;
}

/** A part that another model than the answering one did, and that is billed beside it. */
function isOtherPart(part: UsagePart | undefined): part is UsagePart & { readonly model: string } {
  return part?.isOtherModel === true && part.model !== undefined;
}

/** Whose price of which model is that of an answer, or of a part of it. */
function pricedNames(called: CalledModel, response: ResponseInfo, part?: UsagePart): PricedNames {
  const { provider, model } = called;
  const { upstream } = response;
  if (isOtherPart(part)) return [pricedProvider(provider, upstream), part.model];
  // An override of the requested model is not the price of a fallback.
  const served = part === undefined ? servedModel(called, response) : undefined;
  return [pricedProvider(provider, upstream, served !== undefined), served ?? model];
}

type PricedNames = readonly [seller: string, model: string];

interface Unpriced {
  readonly model: string;
  readonly reason: UnpricedReason;
}

/** What an answer says of its usage. */
interface Used {
  readonly usage: Usage;
  readonly parts: readonly UsagePart[] | undefined;
  readonly response: ResponseInfo;
}

/** The calls made within a request. */
interface Calls {
  readonly open: Set<FollowedCall>;
  readonly closed: CallTotals;
}
