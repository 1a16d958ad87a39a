import { logger } from '../logger.js';
import type { BudgetConfig, BudgetEvent } from './budget-options.js';
import { type WindowBounds, windowAt } from './budget-windows.js';
import { compilePattern, type Matcher } from './wildcard.js';

/** What was spent of a budget in its current window. */
export interface BudgetReading {
  readonly name: string;
  readonly limitUsd: number;
  readonly spentUsd: number;
}

/** The budgets of one process. */
export interface Budgets {
  /** Charges a cost to all budgets it belongs to. Never throws. */
  charge(provider: string, model: string, costUsd: number): void;
  /** What was spent now: 0 again as soon as a new window has begun, even when nothing is spent in it. */
  read(): readonly BudgetReading[];
  /** True when a budget's limit is reached; false for a name that no budget has. */
  isExceeded(name: string): boolean;
}

interface Budget {
  readonly config: BudgetConfig;
  readonly isProvider: Matcher;
  readonly isModel: Matcher;
  bounds: WindowBounds;
  spentUsd: number;
  /** How many of the thresholds were passed in this window. */
  passed: number;
}

/**
 * Makes budgets.
 *
 * @param now - milliseconds since the epoch.
 */
export function createBudgets(configs: readonly BudgetConfig[], now: () => number = Date.now): Budgets {
  const budgets = configs.map(
    (config): Budget => ({
      config,
      isProvider: compilePattern(config.provider),
      isModel: compilePattern(config.model),
      bounds: windowAt(config.window, now()),
      spentUsd: 0,
      passed: 0,
    }),
  );
  const byName = new Map(budgets.map((budget) => [budget.config.name, budget]));

  return {
    charge(provider, model, costUsd) {
      if (!(costUsd > 0) || costUsd === Number.POSITIVE_INFINITY) return;
      const nowMs = now();
      for (const budget of budgets) {
        if (!budget.isProvider(provider) || !budget.isModel(model)) continue;
        enterWindow(budget, nowMs);
        budget.spentUsd += costUsd;
        callThresholds(budget);
      }
    },
    read() {
      const nowMs = now();
      return budgets.map((budget) => {
        enterWindow(budget, nowMs);
        return { name: budget.config.name, limitUsd: budget.config.limitUsd, spentUsd: budget.spentUsd };
      });
    },
    isExceeded(name) {
      const budget = byName.get(name);
      if (budget === undefined) return false;
      enterWindow(budget, now());
      return budget.spentUsd >= budget.config.limitUsd;
    },
  };
}

/** Starts a new window when its time has come. A clock set back keeps the window: money spent is spent. */
function enterWindow(budget: Budget, nowMs: number): void {
  if (nowMs < budget.bounds.endMs) return;
  budget.bounds = windowAt(budget.config.window, nowMs);
  budget.spentUsd = 0;
  budget.passed = 0;
}

function callThresholds(budget: Budget): void {
  const { thresholds, limitUsd } = budget.config;
  for (;;) {
    const threshold = thresholds[budget.passed];
    if (threshold === undefined || budget.spentUsd < threshold * limitUsd) return;
    // Counted before the call: a callback that spends, or throws, must not be called for it again.
    budget.passed += 1;
    callBestEffort(budget, threshold);
  }
}

function callBestEffort({ config, spentUsd, bounds }: Budget, threshold: number): void {
  const event: BudgetEvent = {
    budget: config.name,
    threshold,
    limitUsd: config.limitUsd,
    spentUsd,
    windowStart: new Date(bounds.startMs),
    windowEnd: new Date(bounds.endMs),
  };
  const tell = (error: unknown) =>
    logger().error(`onThreshold of budget ${JSON.stringify(config.name)} failed`, error);
  try {
    Promise.resolve(config.onThreshold?.(event)).catch(tell);
  } catch (error) {
    tell(error);
  }
}
