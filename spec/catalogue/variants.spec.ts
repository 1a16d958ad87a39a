import { ERROR_TYPE_ALIASES, ERROR_TYPES } from '../../lib/catalogue/error-types.js';
import { METRICS } from '../../lib/catalogue/metrics.js';
import { normaliseErrorType } from '../../lib/catalogue/normalise-error-type.js';
import { limiterOf, variantsOf } from '../../lib/catalogue/variants.js';

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

describe('normaliseErrorType()', () => {
  it('keeps every value of the closed set', () => {
    expect(ERROR_TYPES.map(normaliseErrorType)).toEqual(ERROR_TYPES);
  });

  it('maps every alias, those of the Rust crate among them', () => {
    const aliases = Object.keys(ERROR_TYPE_ALIASES);
    expect(aliases.map(normaliseErrorType)).toEqual(Object.values(ERROR_TYPE_ALIASES));
    expect(['rate_limit', 'timeout', 'api_error'].map(normaliseErrorType)).toEqual([
      'rate_limited',
      'timeout',
      'api_error',
    ]);
  });

  it.each(['', 'boom', '__proto__', 'constructor', 7, null, undefined, {}])('does not know %p', (value) => {
    expect(normaliseErrorType(value)).toBeUndefined();
  });
});
