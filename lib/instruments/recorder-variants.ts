import { ERROR_TYPES } from '../catalogue/error-types.js';
import type { Instruments } from './instruments.js';
import type { CircuitState } from './recorder.js';

/** The index of each value of a closed label, looked up once. */
export type VariantOf<Key extends string> = Readonly<Record<Key, number>>;

/** A table without a prototype, so that `constructor` and the like are not found in it. */
function tableOf<Key extends string>(keys: readonly Key[], value: (key: Key) => number): VariantOf<Key> {
  return Object.assign(Object.create(null), Object.fromEntries(keys.map((key) => [key, value(key)])));
}

/** What a circuit's state is as a number. */
export const CIRCUIT_VALUES: VariantOf<CircuitState> = Object.assign(Object.create(null), {
  closed: 0,
  half_open: 1,
  open: 2,
});

/** Finds the variants of all metrics that the helpers write to. */
export function createVariants({ counters, gauges }: Instruments) {
  const requests = counters.llm_edge_requests_total;
  const operations = counters.llm_edge_operations_total;
  return {
    requestSuccess: requests.variant({ status: 'success' }),
    requestErrors: tableOf(ERROR_TYPES, (error_type) => requests.variant({ status: 'error', error_type })),
    operationSuccess: operations.variant({ status: 'success' }),
    operationErrors: tableOf(ERROR_TYPES, (error_type) =>
      operations.variant({ status: 'error', error_type }),
    ),
    retryErrors: tableOf(ERROR_TYPES, (error_type) =>
      counters.llm_edge_retries_total.variant({ error_type }),
    ),
    failoverErrors: tableOf(ERROR_TYPES, (error_type) =>
      counters.llm_edge_failovers_total.variant({ error_type }),
    ),
    tiers: tableOf(['L1', 'L2', 'L3'], (tier) => counters.llm_edge_cache_hits_total.variant({ tier })),
    limits: tableOf(['requests', 'tokens'], (limit) =>
      gauges.llm_edge_rate_limit_remaining.variant({ limit }),
    ),
    tokens: tableOf(['input', 'output'], (type) => counters.llm_edge_tokens_total.variant({ type })),
    details: tableOf(['cache_read', 'cache_write', 'reasoning'], (type) =>
      counters.llm_edge_token_details_total.variant({ type }),
    ),
  } as const;
}
