import { ERROR_TYPES, METRICS, type MetricSpec, resolveConfig } from '../../lib/index.js';
import { defaultSeriesLimits, maxSeries, withSeriesBudgets } from '../support/catalogue.js';

const ROWS: readonly [string, MetricSpec][] = Object.entries(METRICS);

function withErrorTypes(errorTypes: readonly string[]): Record<string, MetricSpec> {
  return Object.fromEntries(
    ROWS.map(([name, row]) => [
      name,
      'error_type' in row.labels ? { ...row, labels: { ...row.labels, error_type: errorTypes } } : row,
    ]),
  );
}

describe('the series budgets of the catalogue', () => {
  it('follow from the default limits and the values of the labels', () => {
    const config = resolveConfig({}, {});
    if (!config.ok) throw config.error;
    const { providers, models, routes, budgets } = config.value.limits;
    // Four unrecognised hosts have label sets beside those of the providers.
    const guests = 4;
    const pairs = models + providers + guests + 1;
    expect(METRICS.llm_edge_requests_total.seriesBudget).toBe((1 + ERROR_TYPES.length) * pairs);
    expect(METRICS.llm_edge_operations_total.seriesBudget).toBe(1 + ERROR_TYPES.length);
    expect(METRICS.llm_edge_retries_total.seriesBudget).toBe(ERROR_TYPES.length * pairs);
    expect(METRICS.llm_edge_failovers_total.seriesBudget).toBe(
      ERROR_TYPES.length * (routes + providers + guests + 1),
    );
    expect(METRICS.llm_edge_tokens_total.seriesBudget).toBe(2 * pairs);
    expect(METRICS.llm_edge_provider_available.seriesBudget).toBe(providers + guests + 1);
    expect(METRICS.llm_edge_budget_limit_usd.seriesBudget).toBe(budgets + 1);
    expect(METRICS.llm_edge_monitoring_series.seriesBudget).toBe(ROWS.length);
    expect(METRICS.llm_edge_active_requests.seriesBudget).toBe(1);
  });

  it('follow a new error type without another change', () => {
    const before: Record<string, MetricSpec> = withSeriesBudgets(withErrorTypes(ERROR_TYPES));
    const after: Record<string, MetricSpec> = withSeriesBudgets(withErrorTypes([...ERROR_TYPES, 'new_one']));
    expect(before).toEqual(METRICS);
    const grown = Object.keys(after).filter(
      (name) => (after[name]?.seriesBudget ?? 0) > (before[name]?.seriesBudget ?? 0),
    );
    expect(grown).toEqual(ROWS.filter(([, { labels }]) => 'error_type' in labels).map(([name]) => name));
  });

  it('stay below the 2,000 series of an SDK with any number of error types: the limits follow', () => {
    for (let count = 1; count <= 60; count += 1) {
      const limits = defaultSeriesLimits(count);
      const errorTypes = Array.from({ length: count }, (_, index) => `type_${index}`);
      const most = Object.values(withErrorTypes(errorTypes)).map((row) =>
        maxSeries(row, limits, ROWS.length),
      );
      expect(Math.max(...most)).toBeLessThan(2_000);
      expect(Math.min(limits.models, limits.routes)).toBeGreaterThan(0);
    }
    expect(defaultSeriesLimits(18)).toEqual({ providers: 20, models: 80, routes: 80, budgets: 50 });
  });
});
