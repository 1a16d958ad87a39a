import { METRICS } from '../catalogue/metrics.js';
import { isDuration } from './amounts.js';
import type { Checks } from './checks.js';
import type { Instruments } from './instruments.js';
import type { LabelLimits } from './label-limits.js';
import type { RequestRecorder } from './recorder.js';

type StateMetrics = Pick<
  RequestRecorder,
  | 'recordProviderHealth'
  | 'recordCircuitState'
  | 'recordRateLimit'
  | 'recordBudget'
  | 'recordActiveRequests'
  | 'addActiveRequests'
> & {
  /**
   * Sets the gauges of a budget that this package charges. They are stated until the end of its window, in milliseconds
   * since the epoch.
   */
  updateBudget(budget: string, limitUsd: number, spentUsd: number, windowEndMs: number): void;
  /** Sets the gauge of requests in flight. Called for each collection, because every request changes the value. */
  updateActiveRequests(): void;
};

/**
 * A rate limit is reported for at least this long. At low load OpenAI's windows are full again after 20 ms, and a value
 * that is dropped before the next scrape is never seen.
 */
const RATE_LIMIT_FRESH_MS = 60_000;

const CIRCUIT_VALUES = new Map([
  ['closed', 0],
  ['half_open', 1],
  ['open', 2],
]);

/** Creates the metrics that are set rather than counted: health, circuits, rate limits, budgets, requests in flight. */
export function createStateMetrics(
  { gauges }: Instruments,
  limits: LabelLimits,
  checks: Checks,
  now: () => number,
): StateMetrics {
  const {
    llm_edge_provider_available: available,
    llm_edge_circuit_breaker_state: circuits,
    llm_edge_rate_limit_remaining: rateRemaining,
    llm_edge_rate_limit_limit: rateLimits,
    llm_edge_budget_limit_usd: budgetLimits,
    llm_edge_budget_spent_usd: budgetsSpent,
    llm_edge_active_requests: active,
  } = gauges;
  // Both metrics of rate limits use one table, because they have the same labels.
  const limitedUnits = new Map(
    METRICS.llm_edge_rate_limit_limit.labels.limit.map((limit) => [limit, rateLimits.variant({ limit })]),
  );
  let activeUntracked = 0;
  let activeTracked = 0;

  function setBudget(budget: string, limitUsd: number, spentUsd: number, staleAtMs?: number): void {
    const labels = limits.budget(budget, 'recordBudget');
    if (labels === undefined) return;
    // A budget with a window is read before each collection, however close the end of the window is.
    const always = Number.POSITIVE_INFINITY;
    if (checks.isBudget(limitUsd, 'recordBudget')) budgetLimits.set(limitUsd, 0, labels, staleAtMs, always);
    if (checks.isBudget(spentUsd, 'recordBudget')) budgetsSpent.set(spentUsd, 0, labels, staleAtMs, always);
  }

  return {
    recordProviderHealth(provider, healthy) {
      const labels = limits.provider(provider, 'recordProviderHealth');
      if (labels === undefined) return;
      if (typeof healthy === 'boolean') available.set(healthy ? 1 : 0, 0, labels);
      else checks.drop('unknown_state', 'recordProviderHealth');
    },
    recordCircuitState(provider, state) {
      const labels = limits.provider(provider, 'recordCircuitState');
      if (labels === undefined) return;
      const value = CIRCUIT_VALUES.get(state);
      if (value === undefined) checks.drop('unknown_state', 'recordCircuitState');
      else circuits.set(value, 0, labels);
    },
    recordRateLimit(provider, model, limited, values) {
      const labels = limits.model(provider, model, 'recordRateLimit');
      if (labels === undefined) return;
      const variant = limitedUnits.get(limited);
      if (variant === undefined) {
        checks.drop('unknown_state', 'recordRateLimit');
        return;
      }
      try {
        const { remaining, limit, resetMs } = values;
        const staleAtMs = now() + Math.max(isDuration(resetMs) ? resetMs : 0, RATE_LIMIT_FRESH_MS);
        if (remaining !== undefined && checks.isCount(remaining, 'recordRateLimit')) {
          rateRemaining.set(remaining, variant, labels, staleAtMs);
        }
        if (limit !== undefined && checks.isCount(limit, 'recordRateLimit')) {
          rateLimits.set(limit, variant, labels, staleAtMs);
        }
      } catch {
        // A getter of the caller threw, or `values` is not an object. The caller's request must not fail.
        checks.drop('invalid_value', 'recordRateLimit');
      }
    },
    recordBudget: (budget, limitUsd, spentUsd) => setBudget(budget, limitUsd, spentUsd),
    updateBudget(budget, limitUsd, spentUsd, windowEndMs) {
      const leftMs = windowEndMs - Date.now();
      // A clock without a valid date has no end of the window.
      setBudget(budget, limitUsd, spentUsd, Number.isFinite(leftMs) ? now() + leftMs : undefined);
    },
    recordActiveRequests(count) {
      if (checks.isCount(count, 'recordActiveRequests')) activeUntracked = count;
    },
    addActiveRequests(delta) {
      activeTracked += delta;
    },
    updateActiveRequests: () => active.set(Math.max(0, activeUntracked + activeTracked), 0),
  };
}
