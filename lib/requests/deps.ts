import { calculateCost } from '../cost/calculate-cost.js';
import { PROCESS_WATCHER, type Watcher } from '../streams/abandoned.js';

/** What requests and operations need beside a recorder. */
export interface RequestDeps {
  /** Prices one request; `undefined` where the price is not known. */
  readonly price: typeof calculateCost;
  readonly watcher: Watcher;
}

/** What requests and operations use unless a caller brings its own. */
export const REQUEST_DEPS: RequestDeps = { price: calculateCost, watcher: PROCESS_WATCHER };
