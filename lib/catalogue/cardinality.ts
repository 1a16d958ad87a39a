import type { Limiter, MetricSpec } from './metric-spec.js';
import { limiterOf, variantsOf } from './variants.js';

/** The value that stands for all that came after a limit was reached. */
export const OTHER = 'other';

/** The most values open labels may take, `other` not counted. */
export interface SeriesLimits {
  /** Distinct providers. */
  readonly providers: number;
  /** Distinct (provider, model) pairs. */
  readonly models: number;
  /** Distinct (from, to) pairs of failovers. */
  readonly routes: number;
  /** Distinct budgets. */
  readonly budgets: number;
}

/** Chosen so that no metric exceeds the 2,000 series that an OpenTelemetry SDK allows by default. */
export const DEFAULT_SERIES_LIMITS: SeriesLimits = { providers: 20, models: 80, routes: 80, budgets: 50 };

/** The most label sets a limiter can admit, the ones it folds into `other` included. */
function admittedAtMost(limiter: Limiter | undefined, limits: SeriesLimits, metricCount: number): number {
  switch (limiter) {
    case undefined:
      return 1;
    case 'provider':
      return limits.providers + 1;
    case 'model':
      // Each provider, and `other` itself, may have a model folded into `other`.
      return limits.models + limits.providers + 1;
    case 'route':
      return limits.routes + limits.providers + 1;
    case 'budget':
      return limits.budgets + 1;
    case 'metric':
      return metricCount;
  }
}

/** The most series a metric can have under the given limits. */
export function maxSeries(metric: MetricSpec, limits: SeriesLimits, metricCount: number): number {
  return variantsOf(metric).length * admittedAtMost(limiterOf(metric), limits, metricCount);
}
