import type { BudgetOptions } from '../budgets/budget-options.js';
import type { TelemetryOptions } from '../config/options.js';
import type { PricingOptions } from '../cost/pricing-options.js';

/**
 * What users pass to `initMonitoring`. Every option wins over its environment variable, which wins over the default;
 * an empty variable counts as not set. Options that are wrong are refused; a variable whose value is not supported
 * stops only what it is about, with a warning.
 */
export interface MonitoringOptions extends TelemetryOptions {
  /** Prices of your own, and what the published ones cannot know. Environment: `LLM_EDGE_PRICES_FILE`. */
  readonly pricing?: PricingOptions | undefined;
  /** Amounts of money for a time, told by the budget gauges and by callbacks at thresholds. */
  readonly budgets?: readonly BudgetOptions[] | undefined;
}
