import type { Span } from '@opentelemetry/api';
import type { RequestParameters } from '../catalogue/request-parameters.js';
import { addCosts, type RequestCost } from '../cost/compute-cost.js';
import type { Usage, UsagePart } from '../cost/usage.js';
import { amountProblem, isCost, isCount } from '../metrics/amounts.js';
import type { CallFacts, UsageMissingReason } from '../metrics/recorder.js';
import { noteJob } from './awaited-answers.js';
import {
  type CalledModel,
  type Job,
  mergeResponseInfo,
  type ResponseInfo,
  type StartedRequest,
  type UsageGap,
} from './handle.js';
import { type OnDrop, readNameText, readParts, readResponseInfo, readUsage } from './input.js';
import { missingReason } from './usage-gap.js';
import { addBills, type ModelBill, sumBills } from './usage-parts.js';

/** The request within which a call is made. */
export interface FollowingRequest extends CalledModel {
  readonly span: Span;
  readonly ended: boolean;
  firstToken(): void;
  /** @param source - the stream that the chunks belong to. */
  chunks(count: number, source: object): void;
  /** What the GenAI metrics say of the request; absent if they are off. */
  callFacts(): CallFacts | undefined;
  addParameters(parameters: RequestParameters | undefined): void;
  run<T>(fn: () => T): T;
  touch(): void;
}

/** Receives the results of a call for its request. */
export interface CallAccount {
  addResponse(added: ResponseInfo): void;
  callEnded(call: FollowedCall): void;
}

/**
 * One of several calls that a request may make. Its results are added to the request; it neither ends the request nor
 * replaces the usage of other calls.
 */
export class FollowedCall implements StartedRequest {
  readonly provider: string;
  readonly operation: string;
  readonly onDrop: OnDrop;
  model: string;
  usage: Usage | undefined;
  parts: readonly UsagePart[] | undefined;
  response: ResponseInfo = {};
  /** What is unknown of its usage. */
  gap: UsageGap | undefined;
  isAnswered = false;
  isUsageElsewhere = false;
  ended = false;
  private readonly request: FollowingRequest;
  private readonly account: CallAccount;

  constructor(
    { provider, model, operation }: CalledModel,
    request: FollowingRequest,
    account: CallAccount,
    onDrop: OnDrop,
  ) {
    this.provider = provider;
    this.operation = operation;
    this.onDrop = onDrop;
    this.model = readNameText(model, onDrop) ?? '';
    this.request = request;
    this.account = account;
  }

  get span(): Span {
    return this.request.span;
  }

  firstToken(): void {
    this.request.firstToken();
  }

  chunks(count: number): void {
    this.request.chunks(count, this);
  }

  /** Sets the usage of this call. A stream reports its usage repeatedly, and the last report counts. */
  setUsage(usage: Usage, parts?: readonly UsagePart[]): void {
    if (this.ended) return;
    this.request.touch();
    this.usage = readUsage(usage);
    this.parts = readParts(parts);
  }

  noteJob(job: Job, owner: string): void {
    if (!noteJob(this, job, owner, this.request)) return;
    this.isUsageElsewhere = true;
    this.usage = this.parts = undefined;
    this.response = { ...this.response, costUsd: undefined };
  }

  missUsage(gap: UsageGap): void {
    if (!this.ended) this.gap = gap;
  }

  setResponse(info: ResponseInfo): void {
    if (this.ended) return;
    const added = readResponseInfo(info, this.provider, this.onDrop);
    this.response = mergeResponseInfo(this.response, added);
    if (this.request.ended) return;
    this.request.touch();
    // The request may make several calls, so the cost of one call is not the cost of the request.
    this.account.addResponse({ ...added, costUsd: undefined });
  }

  end(): void {
    this.isAnswered = true;
    this.finish();
  }

  fail(): void {
    this.finish();
  }

  run<T>(fn: () => T): T {
    return this.request.run(fn);
  }

  touch(): void {
    this.request.touch();
  }

  describe(model: string | undefined, _streaming: boolean, parameters?: RequestParameters): void {
    this.request.addParameters(parameters);
    const name = model === undefined ? undefined : readNameText(model, this.onDrop);
    if (name !== undefined) this.model = name;
  }

  private finish(): void {
    if (this.ended) return;
    this.ended = true;
    this.account.callEnded(this);
  }
}

/** Sums of the usage and cost of calls. */
export class CallTotals {
  /** Number of calls whose usage is known. */
  counted = 0;
  answered = 0;
  usage: Usage | undefined;
  cost: RequestCost | undefined;
  /** What other models than that of the request did. */
  others: readonly ModelBill[] = [];
  reported: ModelBill['reported'];
  /** Whether a call has no price. */
  isUnpriced = false;
  /** Why the usage of a call is missing; `undefined` if that of all calls is known. */
  missing: UsageMissingReason | undefined;

  /**
   * @param requested - the model of the request.
   * @param bill - divides what a call used, the model that answered first.
   * @param onDrop - counts values that cannot be added.
   */
  add(
    call: FollowedCall,
    requested: string,
    bill: (usage: Usage) => readonly ModelBill[],
    onDrop: OnDrop,
  ): void {
    const { usage, response, isAnswered } = call;
    if (isAnswered) this.answered += 1;
    this.missing ??= missingReason(call, isAnswered);
    if (usage === undefined) {
      if (response.costUsd !== undefined) this.addCost({ totalUsd: response.costUsd }, onDrop);
      return;
    }
    this.counted += 1;
    const bills = bill(usage);
    this.isUnpriced ||= bills[0]?.cost === undefined;
    const own = bills.find(({ model }) => model === requested);
    this.others = addBills(
      this.others,
      bills.filter((other) => other !== own),
    );
    if (own === undefined) return;
    if (own.usage !== undefined) this.usage = addUsage(this.usage ?? NO_USAGE, own.usage, onDrop);
    if (own.cost !== undefined) this.addCost(own.cost, onDrop);
    this.reported = sumBills([{ model: requested, reported: this.reported }, own]).reported;
  }

  private addCost(cost: RequestCost, onDrop: OnDrop): void {
    if (isCost(cost.totalUsd)) this.cost = this.cost === undefined ? cost : addCosts(this.cost, cost);
    else onDrop(amountProblem(cost.totalUsd));
  }
}

const NO_USAGE: Usage = { inputTokens: 0, outputTokens: 0 };

/**
 * Adds two usages count by count; a count that both lack stays absent. Invalid counts are left out, because they would
 * invalidate the sum and thus the counts of the other calls.
 */
function addUsage(sum: Usage, usage: Usage, onDrop: OnDrop): Usage {
  const counts: Record<string, number | undefined> = { ...sum };
  for (const [name, count] of Object.entries(usage)) {
    if (isCount(count)) counts[name] = (counts[name] ?? 0) + count;
    else onDrop(amountProblem(count));
  }
  return counts as unknown as Usage;
}
