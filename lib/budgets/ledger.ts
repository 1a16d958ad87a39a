import type { WindowBounds } from './budget-windows.js';

/** What a process spent of one budget in one window. */
export interface WindowSpending extends WindowBounds {
  readonly budget: string;
  readonly spentUsd: number;
}

/** What the processes that share budgets know of each other. Nothing here throws. */
export interface Ledger {
  /** Returns what all of them spent of a budget in a window: this process, and the others as far as is known. */
  totalUsd(budget: string, window: WindowBounds, ownUsd: number): number;
  /** Whether this process is the one that calls a threshold; asked once for each that is passed in a window. */
  claims(budget: string, window: WindowBounds, threshold: number): boolean;
}
