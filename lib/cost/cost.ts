import type { Budgets } from '../budgets/budgets.js';
import { sharedState } from '../global-state.js';
import type { Cost } from './compute-cost.js';
import { PUBLISHED_PRICES } from './prices.js';
import { type CostContext, createPricing, type Pricing } from './pricing.js';
import type { Usage } from './usage.js';

/**
 * The pricing and the budgets in force, in the whole process. Without a pricing the published prices hold.
 *
 * Internal; not covered by semver.
 */
export const costs = sharedState<{ pricing: Pricing | undefined; budgets: Budgets | undefined }>(
  'costs.v1',
  () => ({ pricing: undefined, budgets: undefined }),
);

/**
 * Computes what a request cost, in US dollars, from the first source that has a price for all that was used:
 * the user's overrides, a cost that the provider itself reported, the published prices. Never throws. Works
 * before `initMonitoring`, with the published prices alone.
 *
 * The first call loads the price list, which takes some 30 to 70 ms. The first call for a pair of names searches it,
 * which takes some 30 us; later ones take less than 1 us.
 *
 * @param provider - such as `openai`; the names of the GenAI conventions are known.
 * @param model - such as `gpt-4o-2024-08-06`; Bedrock and Vertex ids are known.
 * @returns undefined when no source has one: the cost is unknown, not 0.
 */
export function calculateCost(
  provider: string,
  model: string,
  usage: Usage,
  context?: CostContext,
): Cost | undefined {
  costs.pricing ??= createPricing(PUBLISHED_PRICES);
  return costs.pricing.calculateCost(provider, model, usage, context);
}

/**
 * Whether a budget is spent, so that a gateway may refuse a request with `budget_exceeded`. False for a budget
 * that does not exist, and before `initMonitoring`.
 */
export function isBudgetExceeded(budget: string): boolean {
  return costs.budgets?.isExceeded(budget) ?? false;
}
