import { AVAILABILITY_STATES } from './colors.js';
import { aggregate, quantile, rate, select, share, sumBy } from './query.js';
import type { Column } from './table-panel.js';
import { lowIsGood } from './thresholds.js';
import { UNITS } from './units.js';

/** Columns that more than one table has; the labels are those of its rows. */

export const PROVIDER_STATE: Column = {
  title: 'State',
  expr: aggregate('min', ['provider'], select('llm_edge_provider_available')),
  unit: UNITS.count,
  states: AVAILABILITY_STATES,
};

export function requestRate(labels: readonly string[]): Column {
  return {
    title: 'Requests',
    expr: sumBy(labels, rate('llm_edge_requests_total')),
    unit: UNITS.requestsPerSecond,
  };
}

export function errorShare(labels: readonly string[]): Column {
  const errors = rate('llm_edge_requests_total', { status: 'error' });
  return {
    title: 'Errors',
    expr: share(labels, errors, rate('llm_edge_requests_total')),
    unit: UNITS.share,
    decimals: 2,
    steps: lowIsGood(0.05, 0.2),
  };
}

export function requestP95(title: string, labels: readonly string[]): Column {
  return {
    title,
    expr: quantile(0.95, 'llm_edge_request_duration_ms', labels),
    unit: UNITS.milliseconds,
    steps: lowIsGood(15000, 30000),
  };
}

export function firstTokenP95(labels: readonly string[]): Column {
  return {
    title: 'First token p95',
    expr: quantile(0.95, 'llm_edge_time_to_first_token_ms', labels),
    unit: UNITS.milliseconds,
    steps: lowIsGood(5000, 10000),
  };
}
