import type * as Pricing from '../../lib/cost/pricing.js';
import { createPricing } from '../../lib/cost/pricing.js';
import type * as PricingOptionsFile from '../../lib/cost/pricing-options.js';
import { resolvePricing } from '../../lib/cost/pricing-options.js';
import type { PricingOptions } from '../../lib/index.js';
import { loadPrices } from '../../lib/lazy.cjs';

export { SERVICE_TIERS } from '../../lib/cost/service-tiers.js';

/** The library with the price list, as the package loads it. */
export const priceLibrary = loadPrices();

/** A moment at which DeepSeek bills its lower rates. */
export const OFF_PEAK_MS = Date.parse('2026-11-16T12:00:00Z');

/** A pricing beside the one in force, with a clock that is set by hand and the problems that it reported. */
export function createTestPricing(options: PricingOptions = {}, nowMs = OFF_PEAK_MS) {
  const problems: string[] = [];
  const clock = { nowMs };
  const pricing = createPricing(resolvePricing(options).config, {
    onProblem: (reason, where) => problems.push(`${reason} ${where}`),
    now: () => clock.nowMs,
  });
  return { ...pricing, problems, clock };
}

/** A pricing of a fresh copy of the package, whose price list is loaded as told. */
export function createPricingOver(load: () => unknown): Pricing.Pricing {
  let fresh: Pricing.Pricing | undefined;
  jest.isolateModules(() => {
    jest.doMock('../../lib/lazy.cjs', () => ({
      ...jest.requireActual<object>('../../lib/lazy.cjs'),
      loadPrices: load,
    }));
    const pricing = jest.requireActual<typeof Pricing>('../../lib/cost/pricing.js');
    const options = jest.requireActual<typeof PricingOptionsFile>('../../lib/cost/pricing-options.js');
    fresh = pricing.createPricing(options.resolvePricing(undefined).config);
  });
  jest.dontMock('../../lib/lazy.cjs');
  if (fresh === undefined) throw new Error('no copy');
  return fresh;
}
