import { billsTokens } from '../catalogue/attributes.js';
import type { CostContext } from '../cost/pricing.js';
import type { Usage } from '../cost/usage.js';
import type { FollowedCall } from './followed-call.js';

/** Prices a usage under the names of a call, else under those of its request. */
export type PriceCall = (call: FollowedCall, usage: Usage, context: CostContext) => number | undefined;

/** What the calls of one request have used and cost together. */
export class CallTotals {
  /** Calls whose usage is known. */
  counted = 0;
  answered = 0;
  usage: Usage | undefined;
  costUsd: number | undefined;
  isUnpriced = false;
  isUsageMissing = false;

  add(call: FollowedCall, price: PriceCall): void {
    const { usage, response, operation, isAnswered } = call;
    const { model: answeredModel, serviceTier, costUsd: reportedCostUsd } = response;
    if (isAnswered) this.answered += 1;
    if (usage === undefined) {
      if (isAnswered && billsTokens(operation)) this.isUsageMissing = true;
      this.addCost(reportedCostUsd);
      return;
    }
    this.counted += 1;
    this.usage = this.usage === undefined ? usage : addUsage(this.usage, usage);
    const costUsd = price(call, usage, { answeredModel, serviceTier, reportedCostUsd });
    if (costUsd === undefined) this.isUnpriced = true;
    this.addCost(costUsd);
  }

  private addCost(costUsd: number | undefined): void {
    if (costUsd !== undefined) this.costUsd = (this.costUsd ?? 0) + costUsd;
  }
}

/** Adds count by count; what neither says stays absent. */
function addUsage(one: Usage, other: Usage): Usage {
  const sum: Record<string, number | undefined> = { ...one };
  for (const [name, count] of Object.entries(other) as [string, number | undefined][]) {
    if (count !== undefined) sum[name] = (sum[name] ?? 0) + count;
  }
  return sum as unknown as Usage;
}
