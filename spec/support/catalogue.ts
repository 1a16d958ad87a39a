// The catalogue's own functions and data that no entry point exports.

export { defaultSeriesLimits, maxSeries, withSeriesBudgets } from '../../lib/catalogue/cardinality.js';
export { ERROR_TYPE_ALIASES } from '../../lib/catalogue/error-types.js';
export { INPUT_LIMITS } from '../../lib/catalogue/input-limits.js';
export type { ClosedLabelsOf } from '../../lib/catalogue/labels.js';
export { limiterOf, variantsOf } from '../../lib/catalogue/metric-spec.js';
