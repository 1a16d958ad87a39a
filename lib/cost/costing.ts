// The half of `cost` that most processes need late or never: prices, budgets and the options about them.

export { resolveBudgets } from '../budgets/budget-options.js';
export { createBudgets } from '../budgets/budgets.js';
export { createPricing } from './pricing.js';
export { resolvePricing } from './pricing-options.js';
