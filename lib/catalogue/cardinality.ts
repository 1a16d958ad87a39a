import { ERROR_TYPES } from './error-types.js';
import { type Limiter, limiterOf, type MetricRow, type MetricSpec, variantsOf } from './metric-spec.js';

/** The most values open labels may take, `other` not counted. */
export interface SeriesLimits {
  /** Distinct providers. */
  readonly providers: number;
  /** Distinct (provider, model) pairs. */
  readonly models: number;
  /** Distinct (from, to) pairs of failovers, and as many (provider, upstream) pairs of routed requests. */
  readonly routes: number;
  /** Distinct budgets. */
  readonly budgets: number;
}

/** From 2,000 series of one metric on, an OpenTelemetry SDK merges further ones without counting them. */
const SERIES_MAX = 1999;
const PROVIDERS = 20;
/** Versions of the price list that one process names; the label of a later one is `other`. */
export const PRICE_LIST_VERSIONS = 20;

/** The most hosts that unrecognised requests are counted by, `other` not counted. */
export const UNRECOGNISED_HOSTS_MAX = 20;

/**
 * The most unrecognised hosts that are observed under their own names. They have label sets beside those of the
 * providers, so that they never take one from a provider.
 */
export const GUESTS_MAX = 4;

/** The most pairs of these hosts and their models, which the limit of models includes. */
export function guestModelsMax({ models }: Pick<SeriesLimits, 'models'>): number {
  return Math.floor(models / 4);
}

/**
 * The default limits. They keep every metric below the 2,000 series that an OpenTelemetry SDK allows by default: each
 * (provider, model) pair has one success, and one error of each type.
 *
 * @param errorTypeCount - how many error types the catalogue has.
 */
export function defaultSeriesLimits(errorTypeCount: number): SeriesLimits {
  const pairs = Math.min(80, Math.floor(SERIES_MAX / (1 + errorTypeCount)) - PROVIDERS - GUESTS_MAX - 1);
  return { providers: PROVIDERS, models: pairs, routes: pairs, budgets: 50 };
}

export const DEFAULT_SERIES_LIMITS: SeriesLimits = defaultSeriesLimits(ERROR_TYPES.length);

/** The most label sets that a limiter can admit, including those with `other`. */
function admittedAtMost(limiter: Limiter | undefined, limits: SeriesLimits, metricCount: number): number {
  const providers = limits.providers + GUESTS_MAX;
  switch (limiter) {
    case undefined:
      return 1;
    case 'provider':
      return providers + 1;
    case 'model':
      // Each provider, and `other` itself, may have a model folded into `other`.
      return limits.models + providers + 1;
    case 'route':
    case 'upstream':
      return limits.routes + providers + 1;
    case 'budget':
      return limits.budgets + 1;
    case 'metric':
      return metricCount;
    case 'version':
      return PRICE_LIST_VERSIONS + 1;
    case 'host':
      return UNRECOGNISED_HOSTS_MAX + 1;
  }
}

/** The most series a metric can have under the given limits. */
export function maxSeries(
  metric: Pick<MetricSpec, 'labels' | 'onlyWhen'>,
  limits: SeriesLimits,
  metricCount: number,
): number {
  return variantsOf(metric).length * admittedAtMost(limiterOf(metric), limits, metricCount);
}

/** Adds to each row of a catalogue its series budget: the most series it can have under the default limits. */
export function withSeriesBudgets<const Rows extends Readonly<Record<string, MetricRow>>>(
  rows: Rows,
): { readonly [Name in keyof Rows]: Rows[Name] & { readonly seriesBudget: number } } {
  const entries = Object.entries(rows);
  const budgets = entries.map(([name, row]) => [
    name,
    { ...row, seriesBudget: maxSeries(row, DEFAULT_SERIES_LIMITS, entries.length) },
  ]);
  // `fromEntries` loses the types: each row was copied whole.
  return Object.fromEntries(budgets) as ReturnType<typeof withSeriesBudgets<Rows>>;
}
