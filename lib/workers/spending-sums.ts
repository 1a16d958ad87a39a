import type { WindowBounds } from '../budgets/budget-windows.js';
import type { WindowSpending } from '../budgets/ledger.js';

/** A sum with what its rounding left out, so that ten amounts of 0.1 are 1. */
export interface MoneySum {
  readonly usd: number;
  readonly restUsd: number;
}

/** The sums of what several workers spent, by budget and window. */
export class SpendingSums {
  private readonly windows = new Map<string, (WindowBounds & MoneySum)[]>();

  add({ budget, startMs, endMs, spentUsd }: WindowSpending): void {
    const windows = this.windows.get(budget) ?? [];
    this.windows.set(budget, windows);
    const at = windows.findIndex((one) => isSame(one, { startMs, endMs }));
    const sum = plus(windows[at] ?? { usd: 0, restUsd: 0 }, spentUsd);
    windows.splice(at === -1 ? windows.length : at, 1, { startMs, endMs, ...sum });
  }

  /** Adds what was spent of a budget in a window to a sum. */
  addTo(sum: MoneySum, budget: string, window: WindowBounds): MoneySum {
    const found = this.windows.get(budget)?.find((one) => isSame(one, window));
    if (found === undefined) return sum;
    const { usd, restUsd } = plus(sum, found.usd);
    return { usd, restUsd: restUsd + found.restUsd };
  }

  /** Forgets the windows for which a condition is true. */
  drop(isOver: (window: WindowBounds) => boolean): void {
    for (const [budget, windows] of this.windows) {
      const left = windows.filter((window) => !isOver(window));
      if (left.length === 0) this.windows.delete(budget);
      else if (left.length < windows.length) this.windows.set(budget, left);
    }
  }
}

function isSame(one: WindowBounds, other: WindowBounds): boolean {
  return one.startMs === other.startMs && one.endMs === other.endMs;
}

function plus({ usd, restUsd }: MoneySum, addedUsd: number): MoneySum {
  const sum = usd + addedUsd;
  const [larger, smaller] = usd >= addedUsd ? [usd, addedUsd] : [addedUsd, usd];
  return { usd: sum, restUsd: restUsd + (larger - sum + smaller) };
}
