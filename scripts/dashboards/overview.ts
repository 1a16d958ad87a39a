import { BAD, ERROR_COLORS, GOOD, PROVIDER_COLORS, QUANTILE_COLORS, TOKEN_COLORS } from './colors.js';
import { errorShare, firstTokenP95, PROVIDER_STATE, requestP95, requestRate } from './columns.js';
import type { DashboardSpec, Section } from './frame.js';
import { graphPanel, statPanel } from './panels.js';
import { threeQuantiles } from './quantiles.js';
import { occurring, orZero, perHour, quantile, rate, ratio, select, share, sumBy } from './query.js';
import { tablePanel } from './table-panel.js';
import { anyIsBad, highIsGood, lowIsGood } from './thresholds.js';
import { UNITS } from './units.js';

const HITS = orZero(
  sumBy([], rate('llm_edge_cache_hits_total')),
  sumBy([], rate('llm_edge_cache_misses_total')),
);
const MISSES = orZero(
  sumBy([], rate('llm_edge_cache_misses_total')),
  sumBy([], rate('llm_edge_cache_hits_total')),
);

const now: Section = {
  title: 'Now',
  panels: [
    statPanel({
      title: 'Operations',
      metrics: ['llm_edge_operations_total'],
      note: 'Not narrowed by provider or model: an operation may use several.',
      expr: sumBy([], rate('llm_edge_operations_total')),
      unit: UNITS.requestsPerSecond,
      width: 3,
    }),
    statPanel({
      title: 'Failed operations',
      metrics: ['llm_edge_operations_total'],
      expr: share(
        [],
        rate('llm_edge_operations_total', { status: 'error' }),
        rate('llm_edge_operations_total'),
      ),
      unit: UNITS.share,
      decimals: 2,
      steps: lowIsGood(0.01, 0.05),
      alerts: ['LlmEdgeErrorBudgetFastBurn', 'LlmEdgeErrorBudgetSlowBurn'],
      width: 3,
    }),
    statPanel({
      title: 'Error budget left',
      metrics: [],
      note: 'Of 30 days, or of as many as Prometheus keeps; the worst of the services chosen. Failures that callers caused themselves do not count. The objective is set in prometheus/rules/slo.yml.',
      expr: 'min(job:llm_edge_error_budget_remaining:ratio_rate30d{job=~"$service"})',
      unit: UNITS.share,
      decimals: 1,
      steps: highIsGood(0, 0.25),
      alerts: ['LlmEdgeErrorBudgetFastBurn', 'LlmEdgeErrorBudgetSlowBurn'],
      width: 3,
    }),
    statPanel({
      title: 'Operation, p95',
      metrics: ['llm_edge_operation_duration_ms'],
      expr: quantile(0.95, 'llm_edge_operation_duration_ms'),
      unit: UNITS.milliseconds,
      steps: lowIsGood(15000, 30000),
      width: 3,
    }),
    statPanel({
      title: 'First token, p95',
      metrics: ['llm_edge_time_to_first_token_ms'],
      expr: quantile(0.95, 'llm_edge_time_to_first_token_ms'),
      unit: UNITS.milliseconds,
      steps: lowIsGood(5000, 10000),
      alerts: ['LlmEdgeTimeToFirstTokenHigh'],
      width: 3,
      noValue: 'no streams',
    }),
    statPanel({
      title: 'Cost per hour',
      metrics: ['llm_edge_cost_usd_total'],
      note: 'At the rate of the last minutes.',
      expr: perHour('llm_edge_cost_usd_total', []),
      unit: UNITS.usd,
      alerts: ['LlmEdgeCostSpike'],
      width: 3,
    }),
    statPanel({
      title: 'Cache hits',
      metrics: ['llm_edge_cache_hits_total'],
      note: 'Of all lookups, all tiers together.',
      expr: ratio(HITS, `((${HITS}) + (${MISSES}))`),
      unit: UNITS.share,
      alerts: ['LlmEdgeCacheCollapse'],
      width: 3,
      noValue: 'no lookups',
    }),
    statPanel({
      title: 'Firing alerts',
      metrics: [],
      note: 'Of the services chosen; those of Collectors are counted when all are.',
      expr: 'count(ALERTS{alertname=~"LlmEdge.+",alertstate="firing",job=~"$service"}) or vector(0)',
      unit: UNITS.count,
      steps: anyIsBad(),
      width: 3,
    }),
  ],
};

const traffic: Section = {
  title: 'Traffic and errors',
  panels: [
    graphPanel({
      title: 'What one operation costs in requests',
      metrics: ['llm_edge_operations_total', 'llm_edge_requests_total'],
      note: 'Requests below operations: the cache answers. Requests above: retries and failovers multiply the load.',
      queries: [
        { expr: sumBy([], rate('llm_edge_operations_total')), legend: 'operations' },
        { expr: sumBy([], rate('llm_edge_requests_total')), legend: 'requests' },
        {
          expr: orZero(sumBy([], rate('llm_edge_retries_total')), sumBy([], rate('llm_edge_requests_total'))),
          legend: 'retries',
        },
        {
          expr: orZero(
            sumBy([], rate('llm_edge_failovers_total')),
            sumBy([], rate('llm_edge_requests_total')),
          ),
          legend: 'failovers',
        },
      ],
      unit: UNITS.requestsPerSecond,
      colors: { operations: 'blue', requests: 'purple', retries: 'orange', failovers: BAD },
      alerts: ['LlmEdgeFailoverStorm'],
      width: 8,
    }),
    graphPanel({
      title: 'Requests by provider',
      metrics: ['llm_edge_requests_total'],
      queries: [{ expr: sumBy(['provider'], rate('llm_edge_requests_total')), legend: '{{provider}}' }],
      unit: UNITS.requestsPerSecond,
      stacked: true,
      colors: PROVIDER_COLORS,
      width: 8,
    }),
    graphPanel({
      title: 'Errors by type',
      metrics: ['llm_edge_requests_total'],
      queries: [
        {
          expr: occurring(sumBy(['error_type'], rate('llm_edge_requests_total', { status: 'error' }))),
          legend: '{{error_type}}',
        },
      ],
      unit: UNITS.requestsPerSecond,
      stacked: true,
      bars: true,
      colors: ERROR_COLORS,
      noValue: 'no errors',
      alerts: ['LlmEdgeProviderErrorsHigh'],
      width: 8,
    }),
  ],
};

const latency: Section = {
  title: 'Latency',
  panels: [
    graphPanel({
      title: 'Operation time',
      metrics: ['llm_edge_operation_duration_ms'],
      queries: threeQuantiles('llm_edge_operation_duration_ms'),
      unit: UNITS.milliseconds,
      exemplars: true,
      colors: QUANTILE_COLORS,
      width: 8,
    }),
    graphPanel({
      title: 'Time to first token by provider, p95',
      metrics: ['llm_edge_time_to_first_token_ms'],
      queries: [
        { expr: quantile(0.95, 'llm_edge_time_to_first_token_ms', ['provider']), legend: '{{provider}}' },
      ],
      unit: UNITS.milliseconds,
      exemplars: true,
      colors: PROVIDER_COLORS,
      alerts: ['LlmEdgeTimeToFirstTokenHigh'],
      width: 8,
    }),
    graphPanel({
      title: 'Request time by provider, p95',
      metrics: ['llm_edge_request_duration_ms'],
      queries: [
        { expr: quantile(0.95, 'llm_edge_request_duration_ms', ['provider']), legend: '{{provider}}' },
      ],
      unit: UNITS.milliseconds,
      exemplars: true,
      colors: PROVIDER_COLORS,
      alerts: ['LlmEdgeRequestLatencyHigh'],
      width: 8,
    }),
  ],
};

const usage: Section = {
  title: 'Usage',
  panels: [
    graphPanel({
      title: 'Cost per hour by provider',
      metrics: ['llm_edge_cost_usd_total'],
      note: 'At the rate of each moment.',
      queries: [{ expr: perHour('llm_edge_cost_usd_total', ['provider']), legend: '{{provider}}' }],
      unit: UNITS.usd,
      stacked: true,
      colors: PROVIDER_COLORS,
      alerts: ['LlmEdgeCostSpike', 'LlmEdgeUnpricedTraffic'],
      width: 8,
    }),
    graphPanel({
      title: 'Tokens',
      metrics: ['llm_edge_tokens_total'],
      queries: [{ expr: sumBy(['type'], rate('llm_edge_tokens_total')), legend: '{{type}}' }],
      unit: UNITS.tokensPerSecond,
      stacked: true,
      colors: TOKEN_COLORS,
      width: 8,
    }),
    graphPanel({
      title: 'Requests in flight',
      metrics: ['llm_edge_active_requests'],
      queries: [{ expr: sumBy(['job'], select('llm_edge_active_requests')), legend: '{{job}}' }],
      unit: UNITS.count,
      alerts: ['LlmEdgeActiveRequestsStuck'],
      width: 8,
    }),
  ],
};

const detail: Section = {
  title: 'Where it hurts',
  panels: [
    graphPanel({
      title: 'Error budget burn',
      metrics: [],
      note: 'How many times too fast the error budget burns: 1 spends it in exactly 30 days. The page goes out at 14.4 over an hour or 6 over six hours, the ticket at 3 over a day or 1 over three.',
      queries: [
        { expr: 'max(job:llm_edge_error_budget_burn:rate5m{job=~"$service"})', legend: '5 minutes' },
        { expr: 'max(job:llm_edge_error_budget_burn:rate1h{job=~"$service"})', legend: '1 hour' },
        { expr: 'max(job:llm_edge_error_budget_burn:rate6h{job=~"$service"})', legend: '6 hours' },
        { expr: 'max(job:llm_edge_error_budget_burn:rate3d{job=~"$service"})', legend: '3 days' },
      ],
      unit: UNITS.times,
      steps: [
        [null, GOOD],
        [1, 'yellow'],
        [14.4, BAD],
      ],
      colors: { '5 minutes': 'light-blue', '1 hour': 'blue', '6 hours': 'purple', '3 days': 'dark-purple' },
      alerts: ['LlmEdgeErrorBudgetFastBurn', 'LlmEdgeErrorBudgetSlowBurn'],
      width: 8,
    }),
    tablePanel({
      title: 'Providers',
      metrics: [],
      note: 'Rates, quantiles and cost over the last minutes.',
      labels: { provider: 'Provider' },
      columns: [
        PROVIDER_STATE,
        requestRate(['provider']),
        errorShare(['provider']),
        requestP95('Request p95', ['provider']),
        firstTokenP95(['provider']),
        {
          title: 'Cost per hour',
          expr: perHour('llm_edge_cost_usd_total', ['provider']),
          unit: UNITS.usd,
        },
      ],
      sortBy: 'Requests',
      alerts: ['LlmEdgeProviderDown', 'LlmEdgeProviderErrorsHigh'],
      width: 16,
    }),
  ],
};

/** What to look at first: is the service well, and if not, on which dashboard to go on. */
export const OVERVIEW: DashboardSpec = {
  name: 'overview',
  title: 'LLM edge / Overview',
  description: 'Whether the service is healthy, and where to look if it is not.',
  sections: [now, traffic, latency, usage, detail],
};
