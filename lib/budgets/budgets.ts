import { compilePattern, isName, type Matcher, nameOf } from '../catalogue/names.js';
import { logger } from '../logger.js';
import type { BudgetConfig, BudgetEvent } from './budget-options.js';
import { createZoneOffset, type WindowBounds, windowAt, type ZoneOffset } from './budget-windows.js';
import type { Ledger, WindowSpending } from './ledger.js';

/** The amount that this process spent of a budget in its current window. */
export interface BudgetReading {
  readonly name: string;
  readonly limitUsd: number;
  readonly spentUsd: number;
  /** The end of the current window, in milliseconds since the epoch. */
  readonly endMs: number;
}

/** The budgets of one process, or its part in those of a machine. */
export interface Budgets {
  /** Charges a cost to every budget that matches the request. Never throws. */
  charge(provider: string, model: string, costUsd: number): void;
  /**
   * Returns the amount that this process spent in the current window, which is 0 as soon as a new window has begun. When
   * the clock is set back, an earlier window continues with the amount spent in it.
   */
  read(): readonly BudgetReading[];
  /** Whether a budget's limit is reached, by this process and those of its ledger; false for an unknown name. */
  isExceeded(name: string): boolean;
  /** What this process spent, in the current windows and in those before to which a clock may be set back. */
  spendings(): readonly WindowSpending[];
  /** Calls the thresholds that were passed by what others have spent. Never throws. */
  callThresholds(): void;
}

/** One window and the amount spent in it. */
interface Spending {
  readonly bounds: WindowBounds;
  spentUsd: number;
  /** The number of thresholds that were passed. */
  passed: number;
}

interface Budget {
  readonly ledger: Ledger | undefined;
  readonly config: BudgetConfig;
  readonly isProvider: Matcher;
  readonly isModel: Matcher;
  readonly offset: ZoneOffset;
  /** The window that contained the clock's time when it was last read. */
  current: Spending;
  /** Windows before that one, the latest first: a clock that is set back returns to them. */
  earlier: readonly Spending[];
}

/** A clock is set forward and back once at most, so that older windows are not needed again. */
const EARLIER_MAX = 3;

/**
 * Creates budgets.
 *
 * @param now - milliseconds since the epoch.
 * @param ledger - if the budgets are shared with others.
 */
export function createBudgets(
  configs: readonly BudgetConfig[],
  now: () => number = () => Date.now(),
  ledger?: Ledger,
): Budgets {
  const budgets = configs.map((config): Budget => {
    const offset = createZoneOffset(config.timeZone);
    return {
      ledger,
      config,
      isProvider: compilePattern(config.provider),
      isModel: compilePattern(config.model),
      offset,
      current: nothingSpent(windowAt(config.window, now(), offset)),
      earlier: [],
    };
  });
  const byName = new Map(budgets.map((budget) => [budget.config.name, budget]));

  return {
    charge(provider, model, costUsd) {
      if (!(costUsd > 0) || costUsd === Number.POSITIVE_INFINITY) return;
      const nowMs = now();
      for (const budget of budgets) {
        if (!budget.isProvider(provider) || !budget.isModel(model)) continue;
        const spending = enterWindow(budget, nowMs);
        spending.spentUsd += costUsd;
        callThresholds(budget, spending);
      }
    },
    read() {
      const nowMs = now();
      return budgets.map((budget) => {
        const { name, limitUsd } = budget.config;
        const { spentUsd, bounds } = enterWindow(budget, nowMs);
        return { name, limitUsd, spentUsd, endMs: bounds.endMs };
      });
    },
    isExceeded(name) {
      const budget = isName(name) ? byName.get(nameOf(name)) : undefined;
      if (budget === undefined) return false;
      return totalUsd(budget, enterWindow(budget, now())) >= budget.config.limitUsd;
    },
    spendings: () =>
      budgets.flatMap(({ config, current, earlier }) =>
        [current, ...earlier]
          .filter(({ spentUsd }) => spentUsd > 0)
          .map(({ bounds, spentUsd }) => ({ budget: config.name, ...bounds, spentUsd })),
      ),
    callThresholds() {
      const nowMs = now();
      for (const budget of budgets) callThresholds(budget, enterWindow(budget, nowMs));
    },
  };
}

/** Makes the window of a moment the current one, whether time passed or the clock was set. */
function enterWindow(budget: Budget, nowMs: number): Spending {
  const { current, earlier, offset, config } = budget;
  if (nowMs >= current.bounds.startMs && nowMs < current.bounds.endMs) return current;
  const bounds = windowAt(config.window, nowMs, offset);
  const isEntered = (one: Spending): boolean => Object.is(one.bounds.startMs, bounds.startMs);
  // A clock without a valid date stays in its window.
  if (isEntered(current)) return current;
  budget.current = earlier.find(isEntered) ?? nothingSpent(bounds);
  budget.earlier = [current, ...earlier.filter((one) => !isEntered(one))].slice(0, EARLIER_MAX);
  return budget.current;
}

function nothingSpent(bounds: WindowBounds): Spending {
  return { bounds, spentUsd: 0, passed: 0 };
}

/** What was spent in a window by this process and the others of its ledger. */
function totalUsd({ ledger, config }: Budget, { bounds, spentUsd }: Spending): number {
  return ledger === undefined ? spentUsd : ledger.totalUsd(config.name, bounds, spentUsd);
}

function callThresholds(budget: Budget, spending: Spending): void {
  const { config, ledger } = budget;
  for (;;) {
    const threshold = config.thresholds[spending.passed];
    if (threshold === undefined) return;
    const spentUsd = totalUsd(budget, spending);
    if (spentUsd < threshold * config.limitUsd) return;
    // Counted before the call, so that a callback that spends or throws is not called for the threshold again.
    spending.passed += 1;
    if (ledger !== undefined && !ledger.claims(config.name, spending.bounds, threshold)) continue;
    callBestEffort(config, { spentUsd, bounds: spending.bounds }, threshold);
  }
}

function callBestEffort(
  config: BudgetConfig,
  { spentUsd, bounds }: Pick<Spending, 'spentUsd' | 'bounds'>,
  threshold: number,
): void {
  const event: BudgetEvent = {
    budget: config.name,
    threshold,
    limitUsd: config.limitUsd,
    spentUsd,
    windowStart: new Date(bounds.startMs),
    windowEnd: new Date(bounds.endMs),
  };
  const log = (error: unknown) =>
    logger().error(`onThreshold of budget ${JSON.stringify(config.name)} failed`, error);
  try {
    Promise.resolve(config.onThreshold?.(event)).catch(log);
  } catch (error) {
    log(error);
  }
}
