import { ERROR_TYPES, METRICS } from '../../lib/index.js';
import { limiterOf, variantsOf } from '../support/catalogue.js';

describe('variantsOf()', () => {
  it('gives one empty variant to a metric without closed labels', () => {
    expect(variantsOf(METRICS.llm_edge_cost_usd_total)).toEqual([{}]);
  });

  it('multiplies closed labels, and leaves error_type out of a success', () => {
    expect(variantsOf(METRICS.llm_edge_operations_total)).toEqual([
      { status: 'success' },
      ...ERROR_TYPES.map((error_type) => ({ status: 'error', error_type })),
    ]);
  });
});

describe('limiterOf()', () => {
  it.each([
    ['llm_edge_active_requests', undefined],
    ['llm_edge_provider_available', 'provider'],
    ['llm_edge_requests_total', 'model'],
    ['llm_edge_failovers_total', 'route'],
    ['llm_edge_budget_spent_usd', 'budget'],
  ] as const)('says what the open labels of %s hang off', (name, limiter) => {
    expect(limiterOf(METRICS[name])).toBe(limiter);
  });
});
