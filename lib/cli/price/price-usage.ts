import { providerNamed, rowOf } from '../../catalogue/providers.js';
import { type CostItem, costItems } from '../../cost/compute-cost.js';
import { isListedProvider, likelyProvider } from '../../cost/price-list.js';
import { Prices, type PricingConfig } from '../../cost/prices.js';
import { createPricing } from '../../cost/pricing.js';
import type { Usage } from '../../cost/usage.js';

/** A model as it is priced. */
export interface ModelName {
  readonly provider: string;
  readonly model: string;
}

/** What a usage costs with a model. */
export interface PricedUsage extends ModelName {
  readonly totalUsd: number;
  readonly source: 'override' | 'list';
  readonly items: readonly CostItem[];
  /** Billed for the request itself, in US dollars. */
  readonly perRequestUsd: number;
}

/** A model without a price, and why. */
export interface UnpricedUsage extends ModelName {
  readonly problem: string;
  /** Whether no price of the model is known; otherwise its price lacks something that was used. */
  readonly isUnknown: boolean;
}

/** Prices a usage as the package does, and takes the cost apart. */
export function priceUsage(
  config: PricingConfig,
  { provider, model }: ModelName,
  usage: Usage,
  at: Date,
): PricedUsage | UnpricedUsage {
  const pricing = createPricing(config);
  const cost = pricing.calculateCost(provider, model, usage, { at });
  const prices = new Prices(config).of(provider, model);
  const price = cost?.source === 'override' ? prices.override : prices.publishedAt(at.getTime()).price;
  if (cost === undefined || price === undefined || cost.source === 'provider') {
    const [unpriced] = pricing.unpriced();
    const problem = unpriced?.detail ?? 'it has no price';
    return { provider, model, problem, isUnknown: unpriced?.reason !== 'unknown_unit' };
  }
  const items = costItems(price, usage);
  const { totalUsd, source } = cost;
  return { provider, model, totalUsd, source, items, perRequestUsd: price.perRequest };
}

/**
 * Finds out which provider and model a text means: `provider/model`, or a model alone, whose provider is then the one
 * that the price list names for it.
 */
export function modelNamed(text: string, config: PricingConfig): ModelName | undefined {
  const slash = text.indexOf('/');
  const [before, after] = [text.slice(0, Math.max(0, slash)), text.slice(slash + 1)];
  if (before !== '' && after !== '' && isProvider(before, config)) {
    return { provider: rowOf(before)?.provider ?? before, model: after };
  }
  const listed = likelyProvider(text);
  return listed === undefined
    ? undefined
    : { provider: providerNamed(listed)?.provider ?? listed, model: text };
}

function isProvider(name: string, config: PricingConfig): boolean {
  return rowOf(name) !== undefined || isListedProvider(name) || config.overrides.hasProvider([name]);
}
