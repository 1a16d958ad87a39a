import type { Budgets } from '../budgets/budgets.js';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { nameOf, nameProblem } from '../catalogue/names.js';
import { priceListProvider } from '../catalogue/providers.js';
import { sharedState } from '../global-state.js';
import { logger } from '../logger.js';
import { amountProblem, isCost, isCount } from '../metrics/amounts.js';
import type { DropReason, UnpricedReason } from '../metrics/recorder.js';
import { type CompiledRates, type Cost, computeCost, missingUnit } from './compute-cost.js';
import type { PriceListRefresh } from './price-list-refresh.js';
import {
  type CompiledPrice,
  type ModelPrices,
  type Names,
  Prices,
  type PricingConfig,
  PUBLISHED_PRICES,
} from './prices.js';
import { createServiceTiers, STANDARD, serviceTierName, tiersIn } from './service-tiers.js';
import { type UnpricedModel, UnpricedModels } from './unpriced.js';
import { isConsistent, type Usage } from './usage.js';

/** What is known of a request beside its usage. */
export interface CostContext {
  /**
   * The tier that the provider billed, such as `flex`, `priority` or `batch`; the standard one when absent. Whatever else
   * changes the rates of a request is a tier, too: `us` for inference that Anthropic kept there, and
   * `search_context_medium` and `search_context_high` of Perplexity. Several are joined by `+`, such as `batch+us`.
   */
  readonly serviceTier?: string | undefined;
  /** A cost that the provider itself reported, in US dollars. */
  readonly reportedCostUsd?: number | undefined;
  /**
   * The model that answered, where it may differ from the requested one. It is the one that is billed, unless an
   * override has a price for the requested one.
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
  /** Why the latest computation for a model found no cost. */
  unpricedReason(provider: string, model: string): UnpricedReason;
  /** The models for which no cost was found, most used first. */
  unpriced(): readonly UnpricedModel[];
}

/** Callbacks and clock of a pricing. */
export interface PricingHooks {
  /** Called for each invalid value: the recorder's `drop`. */
  readonly onProblem?: ((reason: DropReason, where: string) => void) | undefined;
  /** Milliseconds since the epoch. */
  readonly now?: (() => number) | undefined;
}

const WHERE = 'calculateCost';
/** Amazon Bedrock's name in the price list. */
const BEDROCK = 'aws';
/**
 * An id of Amazon Bedrock. The names that Anthropic and others give in their answers do not say what the price depends
 * on: the inference profile, or capacity that is not billed by tokens.
 */
const BEDROCK_ID = /^(?:[a-z-]+\.)?[a-z][a-z0-9-]*\.[a-z]/;
/** The log has one line for each model without a cost, up to this many. */
const LINES_MAX = INPUT_LIMITS.unpricedLines.value;
const NO_USAGE: Usage = { inputTokens: Number.NaN, outputTokens: Number.NaN };

/** A cost, or why there is none; `undefined` where no price is known. */
type Outcome = Cost | string | undefined;

/** Makes a pricing. The price list is loaded with the first model that has no override. */
export function createPricing(config: PricingConfig, hooks: PricingHooks = {}): Pricing {
  const { onProblem = () => {}, now = () => Date.now() } = hooks;
  const prices = new Prices(config);
  const findMultiplier = createServiceTiers(config.serviceTiers);
  const unpriced = new UnpricedModels();
  let linesLeft: number = LINES_MAX;

  function calculate(
    provider: string,
    model: string,
    usage: Usage,
    context: CostContext | undefined,
  ): Cost | undefined {
    const requested = prices.of(provider, model);
    const tier = serviceTierName(context?.serviceTier);
    const isPriceable = isCount(usage.inputTokens) && isCount(usage.outputTokens);
    if (!isConsistent(usage)) onProblem('inconsistent_usage', WHERE);
    const overridden = isPriceable ? fromOverride(requested, usage, tier) : undefined;
    if (typeof overridden === 'object') return overridden;
    // Answers write null for an absent cost.
    const reportedUsd = context?.reportedCostUsd ?? undefined;
    const isReported = isCost(reportedUsd);
    if (reportedUsd !== undefined && !isReported)
      onProblem(amountProblem(reportedUsd), `${WHERE}(reportedCostUsd)`);
    if (!isPriceable) return isReported ? { totalUsd: reportedUsd, source: 'provider' } : undefined;
    const atMs = momentMs(context?.at);
    const answered = otherName(context?.answeredModel, model, priceListProvider(provider));
    const billed =
      answered === undefined ? undefined : fromAll(prices.of(provider, answered), usage, tier, atMs);
    const published = typeof billed === 'object' ? billed : fromPublished(requested, usage, tier, atMs);
    const computed = typeof published === 'object' ? published : undefined;
    if (isReported) return { totalUsd: reportedUsd, source: 'provider', recomputedUsd: computed?.totalUsd };
    if (computed !== undefined) return computed;
    const problem = [billed, published, overridden].find((outcome) => typeof outcome === 'string');
    noteUnpriced(requested, provider, model, answered, problem);
    return undefined;
  }

  /** The cost by the user's price; why there is none, or `undefined` where there is no such price. */
  function fromOverride({ override, names }: ModelPrices, usage: Usage, tier: string | undefined): Outcome {
    return override && costFrom(override, usage, tier, names, 'override');
  }

  /** The cost by published prices; why there is none, or `undefined` where none is published. */
  function fromPublished(model: ModelPrices, usage: Usage, tier: string | undefined, atMs: number): Outcome {
    const { names, price } = model.publishedAt(atMs);
    return price && costFrom(price, usage, tier, names, 'list');
  }

  function fromAll(model: ModelPrices, usage: Usage, tier: string | undefined, atMs: number): Outcome {
    const overridden = fromOverride(model, usage, tier);
    return typeof overridden === 'object'
      ? overridden
      : (fromPublished(model, usage, tier, atMs) ?? overridden);
  }

  /** The model that answered, where it differs from the requested one. */
  function otherName(answered: string | undefined, requested: string, provider: string): string | undefined {
    // Answers write null for an absent model.
    if (answered === undefined || answered === null || answered === requested) return undefined;
    if (provider === BEDROCK && !BEDROCK_ID.test(answered)) return undefined;
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
    let rates: CompiledRates = price;
    let multiplier = STANDARD;
    for (const name of tier === undefined ? [] : tiersIn(tier)) {
      const ofTier = price.serviceTiers.get(name);
      const found = ofTier === undefined ? findMultiplier(name, names.providers, names.models) : STANDARD;
      if (found === undefined) return `the price of the service tier ${JSON.stringify(name)} is not known`;
      rates = ofTier ?? rates;
      multiplier = {
        tokens: multiplier.tokens * found.tokens,
        cacheRead: multiplier.cacheRead * found.cacheRead,
      };
    }
    const missing = missingUnit(rates, usage);
    if (missing !== undefined) return `its price has no rate for ${missing}`;
    return computeCost(rates, usage, multiplier, source) ?? 'its price has no rate for this usage';
  }

  function momentMs(at: Date | undefined): number {
    const atMs = at?.getTime() ?? Number.NaN;
    return Number.isNaN(atMs) ? now() : atMs;
  }

  /** @param problem - what the price that was found lacks. */
  function noteUnpriced(
    requested: ModelPrices,
    provider: string,
    model: string,
    answered: string | undefined,
    problem: string | undefined,
  ): void {
    const isUnknown = problem === undefined;
    const reason = isUnknown
      ? prices.knowsProvider(requested)
        ? 'unknown_model'
        : 'unknown_provider'
      : 'unknown_unit';
    const detail = problem ?? 'it is not in the price list';
    requested.unpricedReason = reason;
    unpriced.add({ provider, model, answeredModel: answered, reason, detail });
    if (requested.isLogged || linesLeft === 0) return;
    requested.isLogged = true;
    linesLeft -= 1;
    const by = answered === undefined ? '' : `, answered by ${JSON.stringify(answered)}`;
    const names = `model ${JSON.stringify(model)} of provider ${JSON.stringify(provider)}${by}`;
    const last = linesLeft === 0 ? ' Further models without a cost are counted, not logged.' : '';
    logger().warn(`no cost for ${names}: ${detail}. Set its price with the option pricing.overrides.${last}`);
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
        // A getter of the caller may throw, which must not fail the request.
        onProblem('internal_error', WHERE);
      }
      return undefined;
    },
    unpricedReason: (provider, model) =>
      prices.of(nameOf(provider), nameOf(model)).unpricedReason ?? 'unknown_unit',
    unpriced: () => unpriced.list(),
  };
}

/** The pricing, the budgets and the refresh of the price list in force, in the whole process. */
interface CostsInForce {
  /** Without one the published prices hold. */
  pricing: Pricing | undefined;
  budgets: Budgets | undefined;
  list?: PriceListRefresh | undefined;
}

/**
 * What is in force.
 *
 * Internal; not covered by semver.
 */
export const costs = sharedState<CostsInForce>('costs.v1', () => ({
  pricing: undefined,
  budgets: undefined,
}));

/**
 * Computes what a request cost, in US dollars, from the first source that has a price for all that was used:
 * the user's overrides, a cost that the provider itself reported, the published prices. Never throws. Works
 * before `initMonitoring`, with the published prices alone.
 *
 * The first call loads the price list, which takes tens of milliseconds. The first call for a pair of names searches
 * the list; later ones use the price that was found.
 *
 * @param provider - such as `openai`, or its name in the GenAI conventions.
 * @param model - such as `gpt-4o-2024-08-06`, or an id of Bedrock or Vertex AI.
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

/** Why the latest {@link calculateCost} for a model found no cost. */
export function unpricedReason(provider: string, model: string): UnpricedReason {
  return costs.pricing?.unpricedReason(provider, model) ?? 'unknown_unit';
}

/** The pricing in force. */
export const pricing: {
  /**
   * Lists the models that were used since `initMonitoring` and have no price, most used first, 256 at most: what
   * `llm_edge_unpriced_requests_total` counts, and what `calculateCost` returned `undefined` for. Each has the reason
   * in words; the option `pricing.overrides` sets a price.
   */
  check(): readonly UnpricedModel[];
} = Object.freeze({ check: () => costs.pricing?.unpriced() ?? [] });

/**
 * Whether a budget is spent, so that a gateway may refuse a request with `budget_exceeded`. False for a budget
 * that does not exist, and before `initMonitoring`.
 */
export function isBudgetExceeded(budget: string): boolean {
  return costs.budgets?.isExceeded(budget) ?? false;
}
