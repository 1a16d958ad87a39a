import { PriceTable } from './price-table.js';
import type { PricingConfig } from './pricing-options.js';

/** Names a file of the user's own prices. */
export const PRICES_FILE_VARIABLE = 'LLM_EDGE_PRICES_FILE';

/** The published prices alone. */
export const PUBLISHED_PRICES: PricingConfig = {
  overrides: new PriceTable(),
  deployments: new Map(),
  serviceTiers: [],
};
