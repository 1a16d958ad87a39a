import { ERROR_TYPES } from '../catalogue/error-types.js';
import { rateOf, totalIncrease } from './changes.js';
import { chart, type PanelEntry, quantilesOf, ratesByLabel } from './panel-entry.js';
import { keyOf, sumBy } from './readings.js';

/** The charts in the order of the page. A further one is a further entry. */
export const CHARTS: readonly PanelEntry[] = [
  chart({
    id: 'requests',
    title: 'Requests',
    help: 'Requests to providers per second, by outcome; each retry and failover counts as a request.',
    unit: 'per_second',
    reads: { requests: sumBy('llm_edge_requests_total', 'status') },
    series: ['success', 'error'],
    tones: { success: 'good', error: 'bad' },
    values: ({ requests }) => ratesByLabel(requests),
  }),
  chart({
    id: 'errors',
    title: 'Errors',
    help: 'Failed requests per second, by type of error.',
    unit: 'per_second',
    reads: { errors: sumBy('llm_edge_requests_total', 'error_type') },
    seriesMax: ERROR_TYPES.length,
    *values({ errors }) {
      for (const type of ERROR_TYPES) {
        if ((errors.now.get(keyOf(type))?.value ?? 0) > 0) yield [type, rateOf(errors, keyOf(type))];
      }
    },
  }),
  chart({
    id: 'latency',
    title: 'Latency',
    help: 'Time from sending a request to the last byte of its answer, failures included.',
    unit: 'milliseconds',
    reads: { histogram: sumBy('llm_edge_request_duration_ms') },
    ...quantilesOf(50, 95, 99),
  }),
  chart({
    id: 'first_token',
    title: 'Time to first token',
    help: 'Time from sending a streamed request to its first output.',
    unit: 'milliseconds',
    reads: { histogram: sumBy('llm_edge_time_to_first_token_ms') },
    ...quantilesOf(50, 95),
  }),
  chart({
    id: 'tokens',
    title: 'Tokens',
    help: 'Tokens used per second; input includes cached tokens, output includes reasoning.',
    unit: 'tokens_per_second',
    reads: { tokens: sumBy('llm_edge_tokens_total', 'type') },
    series: ['input', 'output'],
    values: ({ tokens }) => ratesByLabel(tokens),
  }),
  chart({
    id: 'cost',
    title: 'Cost',
    help: 'US dollars per second, by provider; requests without a known price are not included.',
    unit: 'usd_per_second',
    reads: { cost: sumBy('llm_edge_cost_usd_total', 'provider') },
    values: ({ cost }) => ratesByLabel(cost),
  }),
  chart({
    id: 'cache',
    title: 'Cache hit rate',
    help: 'Share of the cache lookups that found an answer, by tier.',
    unit: 'ratio',
    reads: {
      hits: sumBy('llm_edge_cache_hits_total', 'tier'),
      misses: sumBy('llm_edge_cache_misses_total', 'tier'),
    },
    initial: null,
    *values({ hits, misses }) {
      for (const tier of ['L1', 'L2', 'L3']) {
        const isOfTier = ({ labels }: { readonly labels: readonly string[] }): boolean => labels[0] === tier;
        const found = totalIncrease(hits, isOfTier);
        const lookups = found + totalIncrease(misses, isOfTier);
        const isUsed = (hits.now.get(tier)?.value ?? 0) + (misses.now.get(tier)?.value ?? 0) > 0;
        if (isUsed) yield [tier, lookups > 0 ? found / lookups : null];
      }
    },
  }),
  chart({
    id: 'overhead',
    title: 'Overhead',
    help: 'Time of an operation during which no provider request was in flight.',
    unit: 'milliseconds',
    reads: { histogram: sumBy('llm_edge_overhead_ms') },
    ...quantilesOf(50, 95),
  }),
];
