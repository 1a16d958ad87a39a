import type { MetricNameOf } from '../../catalogue/labels.js';

/** One metric that `top` reads. */
export interface WatchedMetric {
  /** As it stands on a page; of a histogram its buckets. */
  readonly series: string;
  /** How values of several series become one: counters and buckets are summed as rates, gauges by their sense. */
  readonly combine: 'rate' | 'sum' | 'min' | 'max';
  /** The labels that are kept. */
  readonly by: readonly string[];
}

const counter = (series: MetricNameOf<'counter'>, ...by: readonly string[]): WatchedMetric => ({
  series,
  combine: 'rate',
  by,
});

const buckets = (histogram: MetricNameOf<'histogram'>, ...by: readonly string[]): WatchedMetric => ({
  series: `${histogram}_bucket`,
  combine: 'rate',
  by: [...by, 'le'],
});

const gauge = (
  series: MetricNameOf<'gauge'>,
  combine: 'sum' | 'min' | 'max',
  ...by: readonly string[]
): WatchedMetric => ({ series, combine, by });

/** Every metric that `top` reads: from pages and from Prometheus alike. */
export const WATCHED = {
  requests: counter('llm_edge_requests_total', 'provider', 'model', 'status', 'error_type'),
  durations: buckets('llm_edge_request_duration_ms', 'provider', 'model'),
  firstTokens: buckets('llm_edge_time_to_first_token_ms'),
  tokens: counter('llm_edge_tokens_total', 'type'),
  costUsd: counter('llm_edge_cost_usd_total', 'provider', 'model'),
  cacheHits: counter('llm_edge_cache_hits_total', 'tier'),
  cacheMisses: counter('llm_edge_cache_misses_total', 'tier'),
  unpriced: counter('llm_edge_unpriced_requests_total'),
  usageMissing: counter('llm_edge_usage_missing_total'),
  unrecognised: counter('llm_edge_monitoring_unrecognised_requests_total'),
  active: gauge('llm_edge_active_requests', 'sum'),
  // One process that finds a provider unhealthy, or its circuit open, is worth seeing.
  available: gauge('llm_edge_provider_available', 'min', 'provider'),
  circuits: gauge('llm_edge_circuit_breaker_state', 'max', 'provider'),
  // All processes share the limits of an account: the lowest rest is the nearest to the truth.
  remaining: gauge('llm_edge_rate_limit_remaining', 'min', 'provider', 'model', 'limit'),
  limits: gauge('llm_edge_rate_limit_limit', 'max', 'provider', 'model', 'limit'),
  // Each process counts what it spends by itself.
  spentUsd: gauge('llm_edge_budget_spent_usd', 'sum', 'budget'),
  budgetsUsd: gauge('llm_edge_budget_limit_usd', 'max', 'budget'),
} as const satisfies Readonly<Record<string, WatchedMetric>>;

/** The name of a row of {@link WATCHED}. */
export type WatchedName = keyof typeof WATCHED;

/** The rows of {@link WATCHED}. */
export const WATCHED_ROWS = Object.entries(WATCHED) as readonly (readonly [WatchedName, WatchedMetric])[];
