import { loadCosting } from '../lazy.cjs';
import type { Pricing, PricingHooks } from './pricing.js';
import type { PricingConfig } from './pricing-options.js';

/** Makes a pricing whose code is loaded with the first request that is priced: not every process prices any. */
export function createLatePricing(config: PricingConfig, hooks?: PricingHooks): Pricing {
  let pricing: Pricing | undefined;
  return {
    calculateCost(provider, model, usage, context) {
      try {
        pricing ??= loadCosting().createPricing(config, hooks);
      } catch {
        // Files of the package that are gone, as in an installation under way: the cost is unknown.
        hooks?.onProblem?.('internal_error', 'calculateCost');
        return undefined;
      }
      return pricing.calculateCost(provider, model, usage, context);
    },
  };
}
