import { AVAILABILITY_STATES, CIRCUIT_STATES, PROVIDER_COLORS } from './colors.js';
import { errorShare, PROVIDER_STATE, requestP95, requestRate } from './columns.js';
import type { DashboardSpec, Section } from './frame.js';
import { barPanel, graphPanel, statePanel } from './panels.js';
import { aggregate, increase, occurring, rate, select, share, sumBy } from './query.js';
import { tablePanel } from './table-panel.js';
import { highIsGood, lowIsGood } from './thresholds.js';
import { UNITS } from './units.js';

const ROUTE = ['from_provider', 'to_provider'] as const;
const HEADROOM = aggregate(
  'min',
  ['provider', 'model', 'limit'],
  `${select('llm_edge_rate_limit_remaining')} / (${select('llm_edge_rate_limit_limit')} > 0)`,
);

const health: Section = {
  title: 'Health',
  panels: [
    statePanel({
      title: 'Availability',
      metrics: ['llm_edge_provider_available'],
      note: 'Down when any instance reports it; the alert waits until all instances do.',
      query: {
        expr: aggregate('min', ['provider'], select('llm_edge_provider_available')),
        legend: '{{provider}}',
      },
      states: AVAILABILITY_STATES,
      alerts: ['LlmEdgeProviderDown'],
      width: 12,
    }),
    statePanel({
      title: 'Circuit breakers',
      metrics: ['llm_edge_circuit_breaker_state'],
      note: 'The worst state of any instance.',
      query: {
        expr: aggregate('max', ['provider'], select('llm_edge_circuit_breaker_state')),
        legend: '{{provider}}',
      },
      states: CIRCUIT_STATES,
      alerts: ['LlmEdgeCircuitOpen'],
      width: 12,
    }),
    tablePanel({
      title: 'Providers',
      metrics: [],
      note: 'Rates of the last minutes.',
      labels: { provider: 'Provider' },
      columns: [
        PROVIDER_STATE,
        {
          title: 'Circuit',
          expr: aggregate('max', ['provider'], select('llm_edge_circuit_breaker_state')),
          unit: UNITS.count,
          states: CIRCUIT_STATES,
        },
        requestRate(['provider']),
        errorShare(['provider']),
        {
          title: 'Retried',
          expr: share(['provider'], rate('llm_edge_retries_total'), rate('llm_edge_requests_total')),
          unit: UNITS.share,
          decimals: 2,
          steps: lowIsGood(0.05, 0.2),
        },
        requestP95('p95', ['provider']),
        {
          title: 'Headroom',
          expr: aggregate('min', ['provider'], HEADROOM),
          unit: UNITS.share,
          decimals: 0,
          steps: highIsGood(0.1, 0.25),
        },
      ],
      sortBy: 'Requests',
      alerts: ['LlmEdgeProviderDown', 'LlmEdgeProviderErrorsHigh'],
      width: 24,
      height: 7,
    }),
  ],
};

const errors: Section = {
  title: 'Errors and retries',
  panels: [
    graphPanel({
      title: 'Share of requests that fail',
      metrics: ['llm_edge_requests_total'],
      queries: [
        {
          expr: share(
            ['provider'],
            rate('llm_edge_requests_total', { status: 'error' }),
            rate('llm_edge_requests_total'),
          ),
          legend: '{{provider}}',
        },
      ],
      unit: UNITS.share,
      steps: lowIsGood(0.05, 0.2),
      colors: PROVIDER_COLORS,
      alerts: ['LlmEdgeProviderErrorsHigh'],
      width: 8,
    }),
    graphPanel({
      title: 'Errors by provider and type',
      metrics: ['llm_edge_requests_total'],
      queries: [
        {
          expr: occurring(
            sumBy(['provider', 'error_type'], rate('llm_edge_requests_total', { status: 'error' })),
          ),
          legend: '{{provider}} {{error_type}}',
        },
      ],
      unit: UNITS.requestsPerSecond,
      stacked: true,
      bars: true,
      noValue: 'no errors',
      alerts: ['LlmEdgeProviderErrorsHigh'],
      width: 8,
    }),
    graphPanel({
      title: 'Retries, by what failed before',
      metrics: ['llm_edge_retries_total'],
      queries: [
        {
          expr: occurring(sumBy(['provider', 'error_type'], rate('llm_edge_retries_total'))),
          legend: '{{provider}} {{error_type}}',
        },
      ],
      unit: UNITS.requestsPerSecond,
      stacked: true,
      bars: true,
      shadesOf: 'orange',
      noValue: 'no retries',
      width: 8,
    }),
  ],
};

const failover: Section = {
  title: 'Failover',
  panels: [
    graphPanel({
      title: 'Failovers by route',
      metrics: ['llm_edge_failovers_total'],
      queries: [
        {
          expr: occurring(sumBy(ROUTE, rate('llm_edge_failovers_total'))),
          legend: '{{from_provider}} to {{to_provider}}',
        },
      ],
      unit: UNITS.perSecond,
      stacked: true,
      bars: true,
      shadesOf: 'orange',
      noValue: 'no failovers',
      alerts: ['LlmEdgeFailoverStorm'],
      width: 12,
    }),
    tablePanel({
      title: 'Who failed, who took over, and why',
      metrics: ['llm_edge_failovers_total'],
      note: 'Over the time range chosen. The provider variable chooses who failed.',
      labels: { from_provider: 'Failed', to_provider: 'Took over', error_type: 'Because of' },
      columns: [
        {
          title: 'Failovers',
          expr: sumBy([...ROUTE, 'error_type'], increase('llm_edge_failovers_total', '$__range')),
          unit: UNITS.exactCount,
          decimals: 0,
          bar: true,
        },
      ],
      sortBy: 'Failovers',
      alerts: ['LlmEdgeFailoverStorm'],
      width: 12,
    }),
    graphPanel({
      title: 'Requests through gateways, by who answered',
      metrics: ['llm_edge_routed_requests_total'],
      note: 'The first name is that of the request. Another one behind it means that the gateway chose.',
      queries: [
        {
          expr: sumBy(['provider', 'upstream'], rate('llm_edge_routed_requests_total')),
          legend: '{{provider}} by {{upstream}}',
        },
      ],
      unit: UNITS.requestsPerSecond,
      stacked: true,
      legendRight: true,
      width: 24,
    }),
  ],
};

const limits: Section = {
  title: 'Rate limits',
  panels: [
    barPanel({
      title: 'Headroom now',
      metrics: ['llm_edge_rate_limit_remaining', 'llm_edge_rate_limit_limit'],
      note: 'What is left of each limit, by the lowest value that an instance reports.',
      query: { expr: HEADROOM, legend: '{{provider}} {{model}} {{limit}}' },
      unit: UNITS.share,
      max: 1,
      steps: highIsGood(0.1, 0.25),
      alerts: ['LlmEdgeRateLimitHeadroomLow'],
      width: 6,
    }),
    graphPanel({
      title: 'Headroom',
      metrics: ['llm_edge_rate_limit_remaining'],
      queries: [{ expr: HEADROOM, legend: '{{provider}} {{model}} {{limit}}' }],
      unit: UNITS.share,
      max: 1,
      steps: highIsGood(0.1, 0.25),
      alerts: ['LlmEdgeRateLimitHeadroomLow'],
      width: 12,
    }),
    graphPanel({
      title: 'Requests refused for a limit or a quota',
      metrics: ['llm_edge_requests_total'],
      queries: [
        {
          expr: occurring(
            sumBy(
              ['provider', 'error_type'],
              rate('llm_edge_requests_total', {
                status: 'error',
                error_type: '=~"rate_limited|quota_exceeded"',
              }),
            ),
          ),
          legend: '{{provider}} {{error_type}}',
        },
      ],
      unit: UNITS.requestsPerSecond,
      stacked: true,
      bars: true,
      shadesOf: 'orange',
      noValue: 'none refused',
      alerts: ['LlmEdgeRateLimitHeadroomLow'],
      width: 6,
    }),
  ],
};

/** Which provider fails, how, and where its traffic goes. */
export const PROVIDERS: DashboardSpec = {
  name: 'providers',
  title: 'LLM edge / Providers and failover',
  description: 'Which provider fails, how, and where its traffic goes.',
  sections: [health, errors, failover, limits],
};
