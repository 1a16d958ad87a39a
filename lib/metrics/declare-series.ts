import type { Instruments } from './instruments.js';
import type { OpenLabels } from './open-labels.js';

/** Makes counters appear at zero, so that `rate()` sees their first increase. */
export function declareSeries(
  counters: Instruments['counters'],
  open: OpenLabels,
  providers: Readonly<Record<string, readonly string[]>>,
): void {
  counters.llm_edge_operations_total.declare();
  counters.llm_edge_cache_hits_total.declare();
  counters.llm_edge_cache_misses_total.declare();
  counters.llm_edge_cache_savings_usd_total.declare();
  for (const [provider, models] of Object.entries(providers)) {
    for (const model of models) {
      const scope = open.model(provider, model, 'providers');
      if (scope === undefined) continue;
      counters.llm_edge_requests_total.declare(scope);
      counters.llm_edge_tokens_total.declare(scope);
      counters.llm_edge_cost_usd_total.declare(scope);
      counters.llm_edge_unpriced_requests_total.declare(scope);
      counters.llm_edge_usage_missing_total.declare(scope);
    }
  }
}
