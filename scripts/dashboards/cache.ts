import { BAD, GOOD } from './colors.js';
import type { DashboardSpec, Section } from './frame.js';
import { graphPanel, statPanel } from './panels.js';
import { increase, orZero, perHour, rate, ratio, share, sumBy } from './query.js';
import { tablePanel } from './table-panel.js';
import { UNITS } from './units.js';

/** Hits and misses by tier; a tier that only ever hit, or missed, has one of the two counters. */
function lookups(measure: (counter: 'llm_edge_cache_hits_total' | 'llm_edge_cache_misses_total') => string): {
  hits: string;
  misses: string;
  hitRatio: string;
} {
  const rawHits = sumBy(['tier'], measure('llm_edge_cache_hits_total'));
  const rawMisses = sumBy(['tier'], measure('llm_edge_cache_misses_total'));
  const hits = `(${orZero(rawHits, rawMisses)})`;
  const misses = `(${orZero(rawMisses, rawHits)})`;
  return { hits, misses, hitRatio: ratio(hits, `(${hits} + ${misses})`) };
}

const NOW = lookups((counter) => rate(counter));
const IN_RANGE = lookups((counter) => increase(counter, '$__range'));
const SPENT = sumBy([], increase('llm_edge_cost_usd_total', '$__range'));
const SAVED = orZero(sumBy([], increase('llm_edge_cache_savings_usd_total', '$__range')), SPENT);

const totals: Section = {
  title: 'In the time range chosen (not narrowed by provider or model)',
  panels: [
    statPanel({
      title: 'Lookups answered',
      metrics: ['llm_edge_cache_hits_total'],
      note: 'Of the lookups of all tiers together. A miss of one tier that the next one answers counts in both.',
      expr: ratio(`sum${IN_RANGE.hits}`, `(sum${IN_RANGE.hits} + sum${IN_RANGE.misses})`),
      unit: UNITS.share,
      decimals: 1,
      overRange: true,
      alerts: ['LlmEdgeCacheCollapse'],
      width: 6,
      noValue: 'no lookups',
    }),
    statPanel({
      title: 'Hits',
      metrics: ['llm_edge_cache_hits_total'],
      expr: `sum${IN_RANGE.hits}`,
      unit: UNITS.count,
      overRange: true,
      width: 6,
      noValue: 'no lookups',
    }),
    statPanel({
      title: 'Saved',
      metrics: ['llm_edge_cache_savings_usd_total'],
      expr: SAVED,
      unit: UNITS.usd,
      overRange: true,
      width: 6,
      noValue: 'nothing saved',
    }),
    statPanel({
      title: 'Saved, of what it would have cost',
      metrics: ['llm_edge_cache_savings_usd_total', 'llm_edge_cost_usd_total'],
      expr: ratio(SAVED, `((${SAVED}) + ${SPENT})`),
      unit: UNITS.share,
      decimals: 1,
      overRange: true,
      width: 6,
      noValue: 'nothing spent',
    }),
  ],
};

const own: Section = {
  title: 'The gateway cache',
  panels: [
    graphPanel({
      title: 'Hit ratio by tier',
      metrics: ['llm_edge_cache_hits_total', 'llm_edge_cache_misses_total'],
      queries: [{ expr: NOW.hitRatio, legend: '{{tier}}' }],
      unit: UNITS.share,
      max: 1,
      alerts: ['LlmEdgeCacheCollapse'],
      width: 8,
    }),
    graphPanel({
      title: 'Lookups',
      metrics: ['llm_edge_cache_hits_total', 'llm_edge_cache_misses_total'],
      queries: [
        { expr: NOW.hits, legend: '{{tier}} hits' },
        { expr: NOW.misses, legend: '{{tier}} misses' },
      ],
      unit: UNITS.requestsPerSecond,
      stacked: true,
      colors: {
        'L1 hits': GOOD,
        'L1 misses': BAD,
        'L2 hits': 'light-green',
        'L2 misses': 'light-red',
        'L3 hits': 'super-light-green',
        'L3 misses': 'super-light-red',
      },
      width: 8,
    }),
    graphPanel({
      title: 'Saved per hour by tier',
      metrics: ['llm_edge_cache_savings_usd_total'],
      note: 'At the rate of each moment.',
      queries: [{ expr: perHour('llm_edge_cache_savings_usd_total', ['tier']), legend: '{{tier}}' }],
      unit: UNITS.usd,
      stacked: true,
      width: 8,
    }),
    tablePanel({
      title: 'Tiers',
      metrics: [],
      note: 'Over the time range chosen.',
      labels: { tier: 'Tier' },
      columns: [
        { title: 'Hits', expr: IN_RANGE.hits, unit: UNITS.exactCount, decimals: 0 },
        { title: 'Misses', expr: IN_RANGE.misses, unit: UNITS.exactCount, decimals: 0 },
        { title: 'Hit ratio', expr: IN_RANGE.hitRatio, unit: UNITS.share, decimals: 1, bar: true },
        {
          title: 'Saved',
          expr: sumBy(['tier'], increase('llm_edge_cache_savings_usd_total', '$__range')),
          unit: UNITS.usd,
        },
      ],
      sortBy: 'Hits',
      alerts: ['LlmEdgeCacheCollapse'],
      width: 24,
      height: 6,
    }),
  ],
};

const atProviders: Section = {
  title: "The providers' own prompt caches",
  panels: [
    graphPanel({
      title: 'Share of the input read from cache',
      metrics: ['llm_edge_token_details_total'],
      queries: [
        {
          expr: share(
            ['provider', 'model'],
            rate('llm_edge_token_details_total', { type: 'cache_read' }),
            rate('llm_edge_tokens_total', { type: 'input' }),
          ),
          legend: '{{provider}} {{model}}',
        },
      ],
      unit: UNITS.share,
      max: 1,
      legendRight: true,
      width: 12,
    }),
    graphPanel({
      title: 'Tokens read from and written to cache',
      metrics: ['llm_edge_token_details_total'],
      note: 'Some providers charge for writing: writes that are never read cost more than no cache.',
      queries: [
        {
          expr: sumBy(
            ['provider', 'type'],
            rate('llm_edge_token_details_total', { type: '=~"cache_read|cache_write"' }),
          ),
          legend: '{{provider}} {{type}}',
        },
      ],
      unit: UNITS.tokensPerSecond,
      width: 12,
    }),
  ],
};

/** What the caches answer, and how much that saves. */
export const CACHE: DashboardSpec = {
  name: 'cache',
  title: 'LLM edge / Cache',
  description: 'What the caches answer, and how much that saves.',
  sections: [totals, own, atProviders],
};
