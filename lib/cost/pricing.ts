import type { Budgets } from '../budgets/budgets.js';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { nameOf, nameProblem } from '../catalogue/names.js';
import { sharedState } from '../global-state.js';
import { logger } from '../logger.js';
import { amountProblem, isCost, isCount } from '../metrics/amounts.js';
import type { DropReason } from '../metrics/recorder.js';
import { type Cost, computeCost, missingUnit } from './compute-cost.js';
import {
  type CompiledPrice,
  type ModelPrices,
  type Names,
  Prices,
  type PricingConfig,
  PUBLISHED_PRICES,
} from './prices.js';
import { createServiceTiers, STANDARD, serviceTierName } from './service-tiers.js';
import { isConsistent, type Usage } from './usage.js';

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

/** What a pricing is connected to. */
export interface PricingHooks {
  /** Called with everything that could not be taken as given: the recorder's `drop`. */
  readonly onProblem?: ((reason: DropReason, where: string) => void) | undefined;
  /** Milliseconds since the epoch. */
  readonly now?: (() => number) | undefined;
}

const WHERE = 'calculateCost';
/** The log has one line for each model without a cost, until there are so many. */
const LINES_MAX = INPUT_LIMITS.unpricedLines.value;
const NO_USAGE: Usage = { inputTokens: Number.NaN, outputTokens: Number.NaN };

/** A cost, or why there is none; `undefined` where nothing is known. */
type Outcome = Cost | string | undefined;

/** Makes a pricing. The price list is loaded with the first model that has no override. */
export function createPricing(config: PricingConfig, hooks: PricingHooks = {}): Pricing {
  const { onProblem = () => {}, now = () => Date.now() } = hooks;
  const prices = new Prices(config);
  const findMultiplier = createServiceTiers(config.serviceTiers);
  let linesLeft: number = LINES_MAX;

  function calculate(
    provider: string,
    model: string,
    usage: Usage,
    context: CostContext | undefined,
  ): Cost | undefined {
    const asked = prices.of(provider, model);
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
      answered === undefined ? undefined : fromAll(prices.of(provider, answered), usage, tier, atMs);
    if (typeof billed === 'object') return billed;
    const published = fromPublished(asked, usage, tier, atMs);
    if (typeof published === 'object') return published;
    logOnce(asked, provider, model, answered, billed ?? published ?? agreed ?? 'it is not in the price list');
    return undefined;
  }

  /** The cost by what the user agreed on; why there is none, or `undefined` where nothing was agreed. */
  function fromOverride({ override, names }: ModelPrices, usage: Usage, tier: string | undefined): Outcome {
    return override && costFrom(override, usage, tier, names, 'override');
  }

  /** The cost by published prices; why there is none, or `undefined` where none is published. */
  function fromPublished(model: ModelPrices, usage: Usage, tier: string | undefined, atMs: number): Outcome {
    const { names, price } = model.publishedAt(atMs);
    return price && costFrom(price, usage, tier, names, 'list');
  }

  function fromAll(model: ModelPrices, usage: Usage, tier: string | undefined, atMs: number): Outcome {
    const agreed = fromOverride(model, usage, tier);
    return typeof agreed === 'object' ? agreed : (fromPublished(model, usage, tier, atMs) ?? agreed);
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
    const ofTier = tier === undefined ? undefined : price.serviceTiers.get(tier);
    const rates = ofTier ?? price;
    const multiplier =
      tier === undefined || ofTier !== undefined
        ? STANDARD
        : findMultiplier(tier, names.providers, names.models);
    if (multiplier === undefined) return `nothing says what the service tier ${JSON.stringify(tier)} costs`;
    const missing = missingUnit(rates, usage);
    if (missing !== undefined) return `its price has no rate for ${missing}`;
    return computeCost(rates, usage, multiplier, source) ?? 'its price has no rate for such numbers';
  }

  function momentMs(at: Date | undefined): number {
    const atMs = at?.getTime() ?? Number.NaN;
    return Number.isNaN(atMs) ? now() : atMs;
  }

  function logOnce(
    asked: ModelPrices,
    provider: string,
    model: string,
    answered: string | undefined,
    reason: string,
  ): void {
    if (asked.isLogged || linesLeft === 0) return;
    asked.isLogged = true;
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
        // A getter of the caller may throw; the request must not fail by it.
        onProblem('internal_error', WHERE);
      }
      return undefined;
    },
  };
}

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
