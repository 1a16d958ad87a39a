import type { Cost } from '../cost/cost.js';
import type { Usage } from './usage.js';
import { PROCESS_WATCHER, type Watcher } from './watch.js';

/** What the answer said that changes its price. */
export interface PriceContext {
  readonly serviceTier?: string | undefined;
  readonly reportedCostUsd?: number | undefined;
}

/** Prices one request; `undefined` where the price is not known. */
export type PriceFunction = (
  provider: string,
  model: string,
  usage: Usage,
  context?: PriceContext,
) => Cost | undefined;

/** What requests and operations need beside a recorder. */
export interface RequestDeps {
  readonly price: PriceFunction;
  readonly watcher: Watcher;
}

/** What requests and operations use unless a caller brings its own. */
export const REQUEST_DEPS: RequestDeps = {
  price: () => undefined,
  watcher: PROCESS_WATCHER,
};
