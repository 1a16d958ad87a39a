import { billsTokens } from '../catalogue/semconv.js';
import type { CostContext } from '../cost/pricing.js';
import type { Usage } from '../cost/usage.js';
import { amountProblem, isCost, isCount } from '../metrics/amounts.js';
import type { OnDrop } from './bounded-members.js';
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

  /** @param onDrop - counts what cannot be added. */
  add(call: FollowedCall, price: PriceCall, onDrop: OnDrop = () => undefined): void {
    const { usage, response, operation, isAnswered } = call;
    const { model: answeredModel, serviceTier, costUsd: reportedCostUsd } = response;
    if (isAnswered) this.answered += 1;
    if (usage === undefined) {
      if (isAnswered && billsTokens(operation)) this.isUsageMissing = true;
      this.addCost(reportedCostUsd, onDrop);
      return;
    }
    this.counted += 1;
    this.usage = addUsage(this.usage ?? NO_USAGE, usage, onDrop);
    const costUsd = price(call, usage, { answeredModel, serviceTier, reportedCostUsd });
    if (costUsd === undefined) this.isUnpriced = true;
    this.addCost(costUsd, onDrop);
  }

  private addCost(costUsd: number | undefined, onDrop: OnDrop): void {
    if (isCost(costUsd)) this.costUsd = (this.costUsd ?? 0) + costUsd;
    else if (costUsd !== undefined) onDrop(amountProblem(costUsd));
  }
}

const NO_USAGE: Usage = { inputTokens: 0, outputTokens: 0 };

/**
 * Adds count by count; what neither says stays absent. A count that no record may have is left out before it is added: the
 * sum would be dropped, and what the other calls have used with it.
 */
function addUsage(sum: Usage, usage: Usage, onDrop: OnDrop): Usage {
  const counts: Record<string, number | undefined> = { ...sum };
  for (const [name, count] of Object.entries(usage)) {
    if (isCount(count)) counts[name] = (counts[name] ?? 0) + count;
    else onDrop(amountProblem(count));
  }
  return counts as unknown as Usage;
}
