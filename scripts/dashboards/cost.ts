import { GOOD, TOKEN_COLORS } from './colors.js';
import type { DashboardSpec, Section } from './frame.js';
import { barPanel, graphPanel, statPanel } from './panels.js';
import {
  aggregate,
  increase,
  occurring,
  orZero,
  perHour,
  rate,
  ratio,
  select,
  share,
  sumBy,
} from './query.js';
import { tablePanel } from './table-panel.js';
import { anyIsBad, lowIsGood } from './thresholds.js';
import { UNITS } from './units.js';

const MODEL = ['provider', 'model'] as const;
const SPENT_IN_RANGE = sumBy([], increase('llm_edge_cost_usd_total', '$__range'));
const REQUESTS_IN_RANGE = sumBy([], increase('llm_edge_requests_total', '$__range'));
const TOKENS_IN_RANGE = sumBy([], increase('llm_edge_tokens_total', '$__range'));
const SAVED_IN_RANGE = sumBy([], increase('llm_edge_cache_savings_usd_total', '$__range'));
const SPENT_SHARE = ratio(
  sumBy(['budget'], select('llm_edge_budget_spent_usd')),
  aggregate('max', ['budget'], select('llm_edge_budget_limit_usd')),
);
const BUDGET_BURN = sumBy(['budget'], `rate(${select('llm_edge_budget_spent_usd')}[5m])`);

const totals: Section = {
  title: 'In the time range chosen',
  panels: [
    statPanel({
      title: 'Spent',
      metrics: ['llm_edge_cost_usd_total'],
      expr: SPENT_IN_RANGE,
      unit: UNITS.usd,
      overRange: true,
      width: 4,
    }),
    statPanel({
      title: 'At this pace, a day',
      metrics: ['llm_edge_cost_usd_total'],
      note: 'The rate of the last minutes, extrapolated to 24 hours.',
      expr: `24 * ${perHour('llm_edge_cost_usd_total', [])}`,
      unit: UNITS.usd,
      alerts: ['LlmEdgeCostSpike'],
      width: 4,
    }),
    statPanel({
      title: 'Per 1,000 requests',
      metrics: ['llm_edge_cost_usd_total', 'llm_edge_requests_total'],
      expr: `1000 * ${ratio(SPENT_IN_RANGE, REQUESTS_IN_RANGE)}`,
      unit: UNITS.usd,
      overRange: true,
      width: 4,
    }),
    statPanel({
      title: 'Per million tokens',
      metrics: ['llm_edge_cost_usd_total', 'llm_edge_tokens_total'],
      note: 'Input and output together: it moves with their mix as well as with prices.',
      expr: `1000000 * ${ratio(SPENT_IN_RANGE, TOKENS_IN_RANGE)}`,
      unit: UNITS.usd,
      overRange: true,
      width: 4,
    }),
    statPanel({
      title: 'Saved by the cache',
      metrics: ['llm_edge_cache_savings_usd_total'],
      note: 'Not narrowed by provider or model.',
      expr: SAVED_IN_RANGE,
      unit: UNITS.usd,
      overRange: true,
      width: 4,
      noValue: 'nothing saved',
    }),
    statPanel({
      title: 'Requests without a price',
      metrics: ['llm_edge_unpriced_requests_total'],
      expr: share(
        [],
        increase('llm_edge_unpriced_requests_total', '$__range'),
        increase('llm_edge_requests_total', '$__range'),
      ),
      unit: UNITS.share,
      decimals: 2,
      steps: anyIsBad(),
      overRange: true,
      alerts: ['LlmEdgeUnpricedTraffic'],
      width: 4,
    }),
  ],
};

const spending: Section = {
  title: 'Spending',
  panels: [
    graphPanel({
      title: 'Cost per hour by model',
      metrics: ['llm_edge_cost_usd_total'],
      note: 'At the rate of each moment.',
      queries: [{ expr: perHour('llm_edge_cost_usd_total', MODEL), legend: '{{provider}} {{model}}' }],
      unit: UNITS.usd,
      stacked: true,
      legendRight: true,
      alerts: ['LlmEdgeCostSpike'],
      width: 12,
    }),
    graphPanel({
      title: 'Cost per million tokens by model',
      metrics: ['llm_edge_cost_usd_total', 'llm_edge_tokens_total'],
      note: 'Rises when prompts stop being cached, when output grows against input, or when a price changes.',
      queries: [
        {
          expr: `1000000 * ${ratio(
            sumBy(MODEL, rate('llm_edge_cost_usd_total')),
            sumBy(MODEL, rate('llm_edge_tokens_total')),
          )}`,
          legend: '{{provider}} {{model}}',
        },
      ],
      unit: UNITS.usd,
      legendRight: true,
      width: 12,
    }),
    graphPanel({
      title: 'Reported cost above the price in force',
      metrics: ['llm_edge_cost_reported_usd_total', 'llm_edge_cost_recomputed_usd_total'],
      note: 'Of the requests whose provider reports a cost. Anything but zero is a stale price, or a margin.',
      queries: [
        {
          expr: `round(${ratio(
            sumBy(MODEL, rate('llm_edge_cost_reported_usd_total')),
            sumBy(MODEL, rate('llm_edge_cost_recomputed_usd_total')),
          )} - 1, 0.0001)`,
          legend: '{{provider}} {{model}}',
        },
      ],
      unit: UNITS.share,
      signed: true,
      legendRight: true,
      alerts: ['LlmEdgePriceStale'],
      width: 12,
    }),
    graphPanel({
      title: 'Without usage, by reason',
      metrics: ['llm_edge_usage_missing_total'],
      note: 'cut_off: the caller or the network ended the answer before its usage.',
      queries: [
        {
          expr: occurring(sumBy(['reason'], increase('llm_edge_usage_missing_total', '$__rate_interval'))),
          legend: '{{reason}}',
        },
      ],
      unit: UNITS.count,
      stacked: true,
      bars: true,
      shadesOf: 'orange',
      noValue: 'all reported',
      alerts: ['LlmEdgeUsageMissing'],
      width: 12,
    }),
    graphPanel({
      title: 'Estimated cost of streams that were cut off',
      metrics: ['llm_edge_estimated_cost_usd_total'],
      note: 'Only with estimateUsage. Output only, which no other panel counts.',
      queries: [
        {
          expr: sumBy(MODEL, increase('llm_edge_estimated_cost_usd_total', '$__rate_interval')),
          legend: '{{provider}} {{model}}',
        },
      ],
      unit: UNITS.usd,
      stacked: true,
      bars: true,
      shadesOf: 'blue',
      width: 12,
    }),
    graphPanel({
      title: 'Estimated output of streams that were cut off',
      metrics: ['llm_edge_estimated_tokens_total'],
      note: 'Only with estimateUsage. Output only, which no other panel counts.',
      queries: [
        {
          expr: sumBy(MODEL, increase('llm_edge_estimated_tokens_total', '$__rate_interval')),
          legend: '{{provider}} {{model}}',
        },
      ],
      unit: UNITS.tokens,
      stacked: true,
      bars: true,
      shadesOf: 'blue',
      width: 12,
    }),
    tablePanel({
      title: 'Models',
      metrics: [
        'llm_edge_cost_usd_total',
        'llm_edge_unpriced_requests_total',
        'llm_edge_usage_missing_total',
      ],
      note: 'Over the time range chosen.',
      labels: { provider: 'Provider', model: 'Model' },
      columns: [
        {
          title: 'Cost',
          expr: sumBy(MODEL, increase('llm_edge_cost_usd_total', '$__range')),
          unit: UNITS.usd,
          bar: true,
        },
        {
          title: 'Per 1,000 requests',
          expr: `1000 * ${ratio(
            sumBy(MODEL, increase('llm_edge_cost_usd_total', '$__range')),
            sumBy(MODEL, increase('llm_edge_requests_total', '$__range')),
          )}`,
          unit: UNITS.usd,
        },
        {
          title: 'Requests',
          expr: sumBy(MODEL, increase('llm_edge_requests_total', '$__range')),
          unit: UNITS.exactCount,
          decimals: 0,
        },
        {
          title: 'Input',
          expr: sumBy(MODEL, increase('llm_edge_tokens_total', '$__range', { type: 'input' })),
          unit: UNITS.tokens,
        },
        {
          title: 'Output',
          expr: sumBy(MODEL, increase('llm_edge_tokens_total', '$__range', { type: 'output' })),
          unit: UNITS.tokens,
        },
        {
          title: 'Without price',
          expr: sumBy(MODEL, increase('llm_edge_unpriced_requests_total', '$__range')),
          unit: UNITS.exactCount,
          decimals: 0,
          steps: anyIsBad(),
        },
        {
          title: 'Without usage',
          expr: sumBy(MODEL, increase('llm_edge_usage_missing_total', '$__range')),
          unit: UNITS.exactCount,
          decimals: 0,
          steps: anyIsBad('yellow'),
        },
      ],
      sortBy: 'Cost',
      alerts: ['LlmEdgeUnpricedTraffic', 'LlmEdgeUsageMissing'],
      width: 24,
    }),
    statPanel({
      title: 'Age of the price list',
      metrics: ['llm_edge_price_list_timestamp_seconds'],
      note: 'Of the oldest one among the instances.',
      expr: `time() - ${aggregate('min', [], select('llm_edge_price_list_timestamp_seconds'))}`,
      unit: UNITS.seconds,
      steps: lowIsGood(30 * 86_400, 90 * 86_400),
      alerts: ['LlmEdgePriceListOld'],
      width: 6,
    }),
    statPanel({
      title: 'Price lists refused',
      metrics: ['llm_edge_price_list_last_reload_successful'],
      note: 'Instances whose last attempt to load a newer list failed.',
      expr: `${aggregate('count', [], `${select('llm_edge_price_list_last_reload_successful')} == 0`)} or vector(0)`,
      unit: UNITS.count,
      steps: anyIsBad(),
      alerts: ['LlmEdgePriceListRefused'],
      width: 6,
    }),
    tablePanel({
      title: 'Price lists in force',
      metrics: ['llm_edge_price_list_info'],
      labels: { source: 'Source', version: 'Version' },
      columns: [
        {
          title: 'Instances',
          expr: aggregate('count', ['source', 'version'], select('llm_edge_price_list_info')),
          unit: UNITS.count,
        },
      ],
      sortBy: 'Instances',
      width: 12,
      height: 4,
    }),
  ],
};

const tokens: Section = {
  title: 'Tokens',
  panels: [
    graphPanel({
      title: 'Tokens by kind',
      metrics: ['llm_edge_tokens_total'],
      queries: [{ expr: sumBy(['type'], rate('llm_edge_tokens_total')), legend: '{{type}}' }],
      unit: UNITS.tokensPerSecond,
      stacked: true,
      colors: TOKEN_COLORS,
      width: 8,
    }),
    graphPanel({
      title: 'Input that providers read from their cache',
      metrics: ['llm_edge_token_details_total'],
      note: 'Cached input is billed at a fraction of the price. A fall means that prompts no longer share a prefix.',
      queries: [
        {
          expr: share(
            MODEL,
            rate('llm_edge_token_details_total', { type: 'cache_read' }),
            rate('llm_edge_tokens_total', { type: 'input' }),
          ),
          legend: '{{provider}} {{model}}',
        },
      ],
      unit: UNITS.share,
      max: 1,
      width: 8,
    }),
    graphPanel({
      title: 'Output that is reasoning',
      metrics: ['llm_edge_token_details_total'],
      note: 'Billed as output, although callers never see it.',
      queries: [
        {
          expr: share(
            MODEL,
            rate('llm_edge_token_details_total', { type: 'reasoning' }),
            rate('llm_edge_tokens_total', { type: 'output' }),
          ),
          legend: '{{provider}} {{model}}',
        },
      ],
      unit: UNITS.share,
      max: 1,
      width: 8,
    }),
    tablePanel({
      title: 'Beside tokens',
      metrics: ['llm_edge_billed_units_total'],
      note: 'What models that are not billed by tokens did in the time range: searches, seconds, characters, images, pages.',
      labels: { provider: 'Provider', model: 'Model', unit: 'Unit' },
      columns: [
        {
          title: 'Amount',
          expr: sumBy([...MODEL, 'unit'], increase('llm_edge_billed_units_total', '$__range')),
          unit: UNITS.count,
        },
      ],
      sortBy: 'Amount',
      width: 24,
      height: 5,
    }),
  ],
};

const budgets: Section = {
  title: 'Budgets (not narrowed by provider or model)',
  panels: [
    barPanel({
      title: 'Spent of each budget',
      metrics: ['llm_edge_budget_spent_usd', 'llm_edge_budget_limit_usd'],
      query: { expr: SPENT_SHARE, legend: '{{budget}}' },
      unit: UNITS.share,
      max: 1,
      steps: lowIsGood(0.75, 0.9),
      alerts: ['LlmEdgeBudgetNearlySpent', 'LlmEdgeBudgetSpent'],
      width: 8,
    }),
    tablePanel({
      title: 'Budgets',
      metrics: ['llm_edge_budget_spent_usd'],
      note: 'The hours left assume the spending rate of the last five minutes.',
      labels: { budget: 'Budget' },
      columns: [
        {
          title: 'Limit',
          expr: aggregate('max', ['budget'], select('llm_edge_budget_limit_usd')),
          unit: UNITS.usd,
        },
        { title: 'Spent', expr: sumBy(['budget'], select('llm_edge_budget_spent_usd')), unit: UNITS.usd },
        { title: 'Share', expr: SPENT_SHARE, unit: UNITS.share, decimals: 1, steps: lowIsGood(0.75, 0.9) },
        { title: 'Per hour', expr: `3600 * ${BUDGET_BURN}`, unit: UNITS.usd },
        {
          title: 'Time left',
          expr: ratio(
            `clamp_min(${aggregate('max', ['budget'], select('llm_edge_budget_limit_usd'))} - ${sumBy(['budget'], select('llm_edge_budget_spent_usd'))}, 0)`,
            BUDGET_BURN,
          ),
          unit: UNITS.seconds,
        },
      ],
      sortBy: 'Share',
      alerts: ['LlmEdgeBudgetNearlySpent', 'LlmEdgeBudgetSpent'],
      width: 16,
    }),
    graphPanel({
      title: 'Budgets over time',
      metrics: ['llm_edge_budget_spent_usd'],
      note: 'A fall to zero is the start of a new window.',
      queries: [{ expr: SPENT_SHARE, legend: '{{budget}}' }],
      unit: UNITS.share,
      steps: lowIsGood(0.9, 1),
      width: 12,
    }),
    graphPanel({
      title: 'Spent and saved, per hour',
      metrics: ['llm_edge_cost_usd_total', 'llm_edge_cache_savings_usd_total'],
      queries: [
        { expr: perHour('llm_edge_cost_usd_total', []), legend: 'spent' },
        {
          expr: orZero(
            perHour('llm_edge_cache_savings_usd_total', []),
            sumBy([], rate('llm_edge_cost_usd_total')),
          ),
          legend: 'saved by the cache',
        },
      ],
      unit: UNITS.usd,
      colors: { spent: 'purple', 'saved by the cache': GOOD },
      width: 12,
    }),
  ],
};

/** What is spent, on what, and whether it is all counted. */
export const COST: DashboardSpec = {
  name: 'cost',
  title: 'LLM edge / Cost',
  description: 'How much is spent, on what, and whether all of it is counted.',
  sections: [totals, spending, tokens, budgets],
};
