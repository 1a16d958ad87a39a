// The half of `cost` that most processes need late or never: prices, budgets and the options about them.

export { resolveBudgets } from './budget-options.js';
export { createBudgets } from './budgets.js';
export { createPricing } from './pricing.js';
export { resolvePricing } from './pricing-options.js';
