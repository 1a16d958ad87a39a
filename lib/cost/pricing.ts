import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { nameOf, nameProblem } from '../catalogue/names.js';
import { logger } from '../logger.js';
import { amountProblem, isCost, isCount } from '../metrics/amounts.js';
import type { DropReason } from '../metrics/recorder.js';
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
  /**
   * The model that answered, where it may be another than the one asked for: it is the one billed, unless an
   * override has a price for the one asked for.
   */
  readonly answeredModel?: string | undefined;
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
/** One line for each model without a cost, until there are so many. */
const DIAG_LINES_MAX = INPUT_LIMITS.unpricedLines.value;
const NO_USAGE: Usage = { inputTokens: Number.NaN, outputTokens: Number.NaN };

/** A cost, or why there is none; `undefined` where nothing is known. */
type Outcome = Cost | string | undefined;

/** Makes a pricing. The price list is loaded with the first model that has no override. */
export function createPricing(config: PricingConfig, hooks: PricingHooks = {}): Pricing {
  const { onProblem = () => {}, now = Date.now } = hooks;
  const matches = new PriceMatches(config.overrides, config.deployments);
  const findMultiplier = createServiceTiers(config.serviceTiers);
  let linesLeft: number = DIAG_LINES_MAX;

  function calculate(
    provider: string,
    model: string,
    usage: Usage,
    context: CostContext | undefined,
  ): Cost | undefined {
    const asked = matches.get(provider, model);
    const tier = serviceTierName(context?.serviceTier);
    const isPriceable = isCount(usage.inputTokens) && isCount(usage.outputTokens);
    if (!isConsistent(usage)) onProblem('inconsistent_usage', WHERE);
    const agreed = isPriceable ? fromOverride(asked, usage, tier) : undefined;
    if (typeof agreed === 'object') return agreed;
    // Answers say null where they mean nothing.
    const reportedUsd = context?.reportedCostUsd ?? undefined;
    if (isCost(reportedUsd)) return { totalUsd: reportedUsd, source: 'provider' };
    if (reportedUsd !== undefined) onProblem(amountProblem(reportedUsd), `${WHERE}(reportedCostUsd)`);
    if (!isPriceable) return undefined;
    const atMs = momentMs(context?.at);
    const answered = otherName(context?.answeredModel, model);
    const billed =
      answered === undefined ? undefined : fromAll(matches.get(provider, answered), usage, tier, atMs);
    if (typeof billed === 'object') return billed;
    const listed = fromList(asked, usage, tier, atMs);
    if (typeof listed === 'object') return listed;
    tellOnce(asked, provider, model, answered, billed ?? listed ?? agreed ?? 'it is not in the price list');
    return undefined;
  }

  /** The cost by what the user agreed on; why there is none, or `undefined` where nothing was agreed. */
  function fromOverride({ override, names }: PriceMatch, usage: Usage, tier: string | undefined): Outcome {
    return override && costFrom(override, usage, tier, names, 'override');
  }

  /** The cost by the price list; why there is none, or `undefined` where the list does not know the model. */
  function fromList({ listed }: PriceMatch, usage: Usage, tier: string | undefined, atMs: number): Outcome {
    const { names, prices } = listed;
    const price = prices.length > 1 ? priceAtTime(prices, atMs) : prices[0]?.price;
    return price && costFrom(price, usage, tier, names, 'list');
  }

  function fromAll(match: PriceMatch, usage: Usage, tier: string | undefined, atMs: number): Outcome {
    const agreed = fromOverride(match, usage, tier);
    return typeof agreed === 'object' ? agreed : (fromList(match, usage, tier, atMs) ?? agreed);
  }

  /** The model that answered, where it is another than the one asked for. */
  function otherName(answered: string | undefined, asked: string): string | undefined {
    // Answers say null where they mean nothing.
    if (answered === undefined || answered === null || answered === asked) return undefined;
    const wrong = nameProblem(answered);
    if (wrong !== undefined) onProblem(wrong, `${WHERE}(answeredModel)`);
    return wrong === undefined ? nameOf(answered) : undefined;
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

  function tellOnce(
    match: PriceMatch,
    provider: string,
    model: string,
    answered: string | undefined,
    reason: string,
  ): void {
    if (match.isTold || linesLeft === 0) return;
    match.isTold = true;
    linesLeft -= 1;
    const by = answered === undefined ? '' : `, answered by ${JSON.stringify(answered)}`;
    const names = `model ${JSON.stringify(model)} of provider ${JSON.stringify(provider)}${by}`;
    const last = linesLeft === 0 ? ' Further models without a cost are counted only.' : '';
    logger().warn(`no cost for ${names}: ${reason}. Set its price with the option pricing.overrides.${last}`);
  }

  return {
    calculateCost(provider, model, usage, context) {
      try {
        const wrong = nameProblem(provider) ?? nameProblem(model);
        if (wrong === undefined) {
          return calculate(nameOf(provider), nameOf(model), usage ?? NO_USAGE, context);
        }
        onProblem(wrong, WHERE);
      } catch {
        // A getter of the caller's that throws must not reach the request it belongs to.
        onProblem('internal_error', WHERE);
      }
      return undefined;
    },
  };
}
