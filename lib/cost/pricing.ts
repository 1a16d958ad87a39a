import { isAmount } from '../instruments/names.js';
import type { DropReason } from '../instruments/recorder.js';
import { logger } from '../logger.js';
import type { CompiledPrice } from './compiled-price.js';
import { computeCost, isConsistent, missingRate, STANDARD } from './compute-cost.js';
import type { Cost } from './cost.js';
import { priceAtTime } from './dated-price.js';
import { type Names, type PriceMatch, PriceMatches } from './price-matches.js';
import type { PricingConfig } from './pricing-options.js';
import { createServiceTiers, serviceTierName } from './service-tiers.js';
import type { Usage } from './usage.js';

/** What is known of a request beside its usage. */
export interface CostContext {
  /** The tier that the provider billed, such as `flex`, `priority` or `batch`; the standard one when absent. */
  readonly serviceTier?: string | undefined;
  /** A cost that the provider itself reported, in US dollars. */
  readonly reportedCostUsd?: number | undefined;
  /** When the request was made, for prices that change with time; now when absent. */
  readonly at?: Date | undefined;
}

/** Prices requests. */
export interface Pricing {
  /**
   * Computes what a request cost, from the first source that has a price for all that was used: the user's
   * overrides, the cost that the provider itself reported, the price list. Never throws.
   *
   * @returns undefined when no source has one: the cost is unknown, not 0.
   */
  calculateCost(provider: string, model: string, usage: Usage, context?: CostContext): Cost | undefined;
}

/** What pricing tells the rest of the package. */
export interface PricingHooks {
  /** Something could not be taken as given: the recorder's `drop`. */
  readonly onProblem?: ((reason: DropReason, where: string) => void) | undefined;
  /** Milliseconds since the epoch. */
  readonly now?: (() => number) | undefined;
}

const WHERE = 'calculateCost';
/** No provider's names come near it, ARNs included. */
const NAME_CHARS_MAX = 256;
/** One line for each model without a cost, until there are so many. */
const DIAG_LINES_MAX = 100;
const NO_USAGE: Usage = { inputTokens: Number.NaN, outputTokens: Number.NaN };

/** Makes a pricing. The price list is loaded with the first model that has no override. */
export function createPricing(config: PricingConfig, hooks: PricingHooks = {}): Pricing {
  const { onProblem = () => {}, now = Date.now } = hooks;
  const matches = new PriceMatches(config.overrides, config.deployments);
  const findMultiplier = createServiceTiers(config.serviceTiers);
  let linesLeft = DIAG_LINES_MAX;

  function calculate(
    provider: string,
    model: string,
    usage: Usage,
    context: CostContext | undefined,
  ): Cost | undefined {
    const match = matches.get(provider, model);
    const tier = serviceTierName(context?.serviceTier);
    const isPriceable = isAmount(usage.inputTokens) && isAmount(usage.outputTokens);
    if (!isConsistent(usage)) onProblem('inconsistent_usage', WHERE);
    let reason = 'it is not in the price list';
    if (isPriceable && match.override !== undefined) {
      const cost = costFrom(match.override, usage, tier, match.names, 'override');
      if (typeof cost !== 'string') return cost;
      reason = cost;
    }
    // Answers say null where they mean nothing.
    const reportedUsd = context?.reportedCostUsd ?? undefined;
    if (isAmount(reportedUsd)) return { totalUsd: reportedUsd, source: 'provider' };
    if (reportedUsd !== undefined) onProblem('invalid_value', `${WHERE}(reportedCostUsd)`);
    if (!isPriceable) return undefined;
    const { names, prices } = match.listed;
    const price = prices.length > 1 ? priceAtTime(prices, momentMs(context?.at)) : prices[0]?.price;
    if (price !== undefined) {
      const cost = costFrom(price, usage, tier, names, 'list');
      if (typeof cost !== 'string') return cost;
      reason = cost;
    }
    tellOnce(match, provider, model, reason);
    return undefined;
  }

  /** The cost, or why there is none. */
  function costFrom(
    price: CompiledPrice,
    usage: Usage,
    tier: string | undefined,
    names: Names,
    source: Cost['source'],
  ): Cost | string {
    const ofTier = tier === undefined ? undefined : price.serviceTiers?.get(tier);
    const rates = ofTier ?? price;
    const multiplier =
      tier === undefined || ofTier !== undefined
        ? STANDARD
        : findMultiplier(tier, names.providers, names.models);
    if (multiplier === undefined) return `nothing says what the service tier ${JSON.stringify(tier)} costs`;
    return (
      computeCost(rates, usage, multiplier, source) ??
      `its price has no rate for ${missingRate(rates, usage) ?? 'such numbers'}`
    );
  }

  function momentMs(at: Date | undefined): number {
    const atMs = at?.getTime() ?? Number.NaN;
    return Number.isNaN(atMs) ? now() : atMs;
  }

  function tellOnce(match: PriceMatch, provider: string, model: string, reason: string): void {
    if (match.isTold || linesLeft === 0) return;
    match.isTold = true;
    linesLeft -= 1;
    const names = `model ${JSON.stringify(model)} of provider ${JSON.stringify(provider)}`;
    const last = linesLeft === 0 ? ' Further models without a cost are counted only.' : '';
    logger().warn(`no cost for ${names}: ${reason}. Set its price with the option pricing.overrides.${last}`);
  }

  return {
    calculateCost(provider, model, usage, context) {
      try {
        const wrong = nameProblem(provider) ?? nameProblem(model);
        if (wrong === undefined) return calculate(provider, model, usage ?? NO_USAGE, context);
        onProblem(wrong, WHERE);
      } catch {
        // A getter of the caller's that throws must not reach the request it belongs to.
        onProblem('internal_error', WHERE);
      }
      return undefined;
    },
  };
}

function nameProblem(name: unknown): DropReason | undefined {
  if (typeof name !== 'string' || name === '') return 'invalid_name';
  return name.length > NAME_CHARS_MAX ? 'name_too_long' : undefined;
}
