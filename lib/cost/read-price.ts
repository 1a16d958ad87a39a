import type { Issues } from '../config/definitions.js';
import { readOption } from '../config/nested-options.js';
import { type CompiledPrice, compileRates } from './compiled-price.js';
import { PRICE } from './price-parser.js';
import { serviceTierName } from './service-tiers.js';

/**
 * Checks and compiles one price as a user wrote it.
 *
 * @returns undefined when anything about it is wrong; everything that is wrong is added to `issues`.
 */
export function readPrice(value: unknown, path: string, issues: Issues): CompiledPrice | undefined {
  const price = readOption(PRICE, value, path, issues);
  if (price === undefined) return undefined;
  const { serviceTiers, ...rates } = price;
  if (serviceTiers === undefined) return compileRates(rates, undefined, undefined);
  const compiled = new Map<string, CompiledPrice>();
  for (const [tier, ofTier] of Object.entries(serviceTiers)) {
    const name = serviceTierName(tier);
    if (name !== undefined) compiled.set(name, compileRates(ofTier, rates));
  }
  return compileRates(rates, undefined, compiled);
}
