import { QUANTILE_COLORS } from './colors.js';
import { firstTokenP95, requestP95, requestRate } from './columns.js';
import type { DashboardSpec, Section } from './frame.js';
import { graphPanel, heatmapPanel, statPanel } from './panels.js';
import { threeQuantiles } from './quantiles.js';
import { heatmapOf, meanOverRange, quantile, ratio } from './query.js';
import { tablePanel } from './table-panel.js';
import { lowIsGood } from './thresholds.js';
import { UNITS } from './units.js';

const MODEL = ['provider', 'model'] as const;
const BY_MODEL = '{{provider}} {{model}}';

const now: Section = {
  title: 'Now',
  panels: [
    statPanel({
      title: 'Request, p50',
      metrics: ['llm_edge_request_duration_ms'],
      expr: quantile(0.5, 'llm_edge_request_duration_ms'),
      unit: UNITS.milliseconds,
      width: 4,
    }),
    statPanel({
      title: 'Request, p95',
      metrics: ['llm_edge_request_duration_ms'],
      expr: quantile(0.95, 'llm_edge_request_duration_ms'),
      unit: UNITS.milliseconds,
      steps: lowIsGood(15000, 30000),
      alerts: ['LlmEdgeRequestLatencyHigh'],
      width: 4,
    }),
    statPanel({
      title: 'First token, p50',
      metrics: ['llm_edge_time_to_first_token_ms'],
      expr: quantile(0.5, 'llm_edge_time_to_first_token_ms'),
      unit: UNITS.milliseconds,
      width: 4,
      noValue: 'no streams',
    }),
    statPanel({
      title: 'First token, p95',
      metrics: ['llm_edge_time_to_first_token_ms'],
      expr: quantile(0.95, 'llm_edge_time_to_first_token_ms'),
      unit: UNITS.milliseconds,
      steps: lowIsGood(5000, 10000),
      alerts: ['LlmEdgeTimeToFirstTokenHigh'],
      width: 4,
      noValue: 'no streams',
    }),
    statPanel({
      title: 'Speed of a stream, p50',
      metrics: ['llm_edge_time_per_output_token_ms'],
      note: 'Tokens per second that a reader sees: 1,000 divided by the median time per output token. People read about 5 to 10.',
      expr: ratio('1000', quantile(0.5, 'llm_edge_time_per_output_token_ms')),
      unit: UNITS.tokensPerSecond,
      width: 4,
      noValue: 'no streams',
    }),
    statPanel({
      title: 'Own overhead, p95',
      metrics: ['llm_edge_overhead_ms'],
      note: 'Not narrowed by provider or model.',
      expr: quantile(0.95, 'llm_edge_overhead_ms'),
      unit: UNITS.milliseconds,
      steps: lowIsGood(100, 250),
      alerts: ['LlmEdgeOverheadHigh'],
      width: 4,
    }),
  ],
};

const requests: Section = {
  title: 'Whole requests',
  panels: [
    heatmapPanel({
      title: 'Request time',
      metrics: ['llm_edge_request_duration_ms'],
      note: 'Two bands are two kinds of requests: two models, or answers and failures.',
      expr: heatmapOf('llm_edge_request_duration_ms'),
      unit: UNITS.milliseconds,
      width: 12,
    }),
    graphPanel({
      title: 'Request time by model, p95',
      metrics: ['llm_edge_request_duration_ms'],
      queries: [{ expr: quantile(0.95, 'llm_edge_request_duration_ms', MODEL), legend: BY_MODEL }],
      unit: UNITS.milliseconds,
      exemplars: true,
      legendRight: true,
      alerts: ['LlmEdgeRequestLatencyHigh'],
      width: 12,
    }),
  ],
};

const streams: Section = {
  title: 'Streams',
  panels: [
    heatmapPanel({
      title: 'Time to first token',
      metrics: ['llm_edge_time_to_first_token_ms'],
      expr: heatmapOf('llm_edge_time_to_first_token_ms'),
      unit: UNITS.milliseconds,
      width: 12,
    }),
    graphPanel({
      title: 'Time to first token by model, p95',
      metrics: ['llm_edge_time_to_first_token_ms'],
      queries: [{ expr: quantile(0.95, 'llm_edge_time_to_first_token_ms', MODEL), legend: BY_MODEL }],
      unit: UNITS.milliseconds,
      exemplars: true,
      legendRight: true,
      alerts: ['LlmEdgeTimeToFirstTokenHigh'],
      width: 12,
    }),
    heatmapPanel({
      title: 'Time per output token',
      metrics: ['llm_edge_time_per_output_token_ms'],
      expr: heatmapOf('llm_edge_time_per_output_token_ms'),
      unit: UNITS.milliseconds,
      width: 12,
    }),
    graphPanel({
      title: 'Speed of a stream by model, p50',
      metrics: ['llm_edge_time_per_output_token_ms'],
      note: 'Tokens per second after the first one.',
      queries: [
        { expr: ratio('1000', quantile(0.5, 'llm_edge_time_per_output_token_ms', MODEL)), legend: BY_MODEL },
      ],
      unit: UNITS.tokensPerSecond,
      legendRight: true,
      width: 12,
    }),
  ],
};

const operations: Section = {
  title: 'Operations and the gateway itself (not narrowed by provider or model)',
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
      title: 'Own overhead',
      metrics: ['llm_edge_overhead_ms'],
      queries: threeQuantiles('llm_edge_overhead_ms'),
      unit: UNITS.milliseconds,
      exemplars: true,
      colors: QUANTILE_COLORS,
      alerts: ['LlmEdgeOverheadHigh'],
      width: 8,
    }),
    heatmapPanel({
      title: 'Overhead',
      metrics: ['llm_edge_overhead_ms'],
      note: 'A band near zero is the cache answering; one far above it is waiting between retries.',
      expr: heatmapOf('llm_edge_overhead_ms'),
      unit: UNITS.milliseconds,
      width: 8,
    }),
  ],
};

const models: Section = {
  title: 'Models',
  panels: [
    tablePanel({
      title: 'Models',
      metrics: [],
      note: 'Quantiles of the last minutes; the mean is that of the time range chosen.',
      labels: { provider: 'Provider', model: 'Model' },
      columns: [
        requestRate(MODEL),
        {
          title: 'Mean',
          expr: meanOverRange('llm_edge_request_duration_ms', MODEL),
          unit: UNITS.milliseconds,
        },
        {
          title: 'p50',
          expr: quantile(0.5, 'llm_edge_request_duration_ms', MODEL),
          unit: UNITS.milliseconds,
        },
        requestP95('p95', MODEL),
        {
          title: 'p99',
          expr: quantile(0.99, 'llm_edge_request_duration_ms', MODEL),
          unit: UNITS.milliseconds,
        },
        {
          title: 'First token p50',
          expr: quantile(0.5, 'llm_edge_time_to_first_token_ms', MODEL),
          unit: UNITS.milliseconds,
        },
        firstTokenP95(MODEL),
        {
          title: 'Per token p50',
          expr: quantile(0.5, 'llm_edge_time_per_output_token_ms', MODEL),
          unit: UNITS.milliseconds,
        },
      ],
      sortBy: 'p95',
      alerts: ['LlmEdgeRequestLatencyHigh', 'LlmEdgeTimeToFirstTokenHigh'],
      width: 24,
    }),
  ],
};

/** Where the time goes: provider, model, stream, or the gateway itself. */
export const LATENCY: DashboardSpec = {
  name: 'latency',
  title: 'LLM edge / Latency and streaming',
  description: 'Where the time goes: to a provider, a model, the length of a stream, or the gateway itself.',
  sections: [now, requests, streams, operations, models],
};
