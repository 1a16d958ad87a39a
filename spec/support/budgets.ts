import { type BudgetOptions, recordCost } from '../../lib/index.js';
import { startTestMonitoring } from '../../lib/testing.js';
import { setWallClock } from './wall-clock.js';

export { createZoneOffset, windowAt } from '../../lib/budgets/budget-windows.js';

/** A Monday. */
export const NOON_MS = Date.parse('2026-11-16T12:00:00Z');

/** Monitoring with budgets, whose clock is set by hand; give the timers back with `jest.useRealTimers()`. */
export async function startBudgets(...budgets: readonly BudgetOptions[]) {
  const clock = {
    at: NOON_MS,
    set(atMs: number) {
      clock.at = atMs;
      setWallClock(atMs);
    },
  };
  clock.set(NOON_MS);
  const test = await startTestMonitoring({ budgets });
  const gauge = async (metric: 'llm_edge_budget_spent_usd' | 'llm_edge_budget_limit_usd') => {
    // The SDK takes the value of the later time for the newer one, so that a clock that was set back has it repeat
    // the value of the collection before, once.
    await test.series(metric);
    const series = await test.series(metric);
    return Object.fromEntries(series.map(({ labels, value }) => [labels['budget'], value]));
  };
  return {
    clock,
    charge: (provider: string, model: string, costUsd: number) => recordCost(provider, model, costUsd),
    spent: () => gauge('llm_edge_budget_spent_usd'),
    limits: () => gauge('llm_edge_budget_limit_usd'),
    shutdown: () => test.shutdown(),
  };
}
