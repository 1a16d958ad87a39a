import { METRICS, type MetricSpec } from '../../lib/index.js';
import { lintCatalogue } from '../support/lint-catalogue.js';

const GOOD: MetricSpec = {
  kind: 'counter',
  description: 'Number of things.',
  labels: { provider: { limiter: 'provider' }, type: ['a', 'b'] },
  seriesBudget: 42,
  interpretation: 'More is more.',
  query: 'rate(llm_edge_things_total[5m])',
};

describe('lintCatalogue()', () => {
  it('finds nothing wrong with the catalogue of the package', () => {
    expect(lintCatalogue(METRICS)).toEqual([]);
  });

  it('finds nothing wrong with a good row', () => {
    expect(lintCatalogue({ llm_edge_things_total: GOOD })).toEqual([]);
  });

  it.each<[string, string, Partial<MetricSpec>]>([
    ['the name is not snake case below llm_edge_', 'edge_things_total', { query: 'edge_things_total' }],
    ['exactly counters end in _total', 'llm_edge_things', { query: 'llm_edge_things' }],
    ['exactly counters end in _total', 'llm_edge_things_total', { kind: 'gauge', merge: 'sum' }],
    ['the description is not one sentence', 'llm_edge_things_total', { description: 'number of things' }],
    ['the interpretation does not end in a full stop', 'llm_edge_things_total', { interpretation: 'More' }],
    ['the label le is not allowed', 'llm_edge_things_total', { labels: { le: ['a'] } }],
    ['the values of type are empty or repeat', 'llm_edge_things_total', { labels: { type: ['a', 'a'] } }],
    [
      'onlyWhen of type names a label that is not there',
      'llm_edge_things_total',
      { onlyWhen: { type: { status: 'error' } } },
    ],
    ['exactly histograms have buckets', 'llm_edge_things_total', { buckets: [1, 2] }],
    [
      'seeAlso names llm_edge_gone, which does not exist',
      'llm_edge_things_total',
      { seeAlso: ['llm_edge_gone'] },
    ],
    [
      'no rule says how the gauges of several workers become one',
      'llm_edge_things',
      { kind: 'gauge', query: 'llm_edge_things' },
    ],
    ['only gauges are merged by a rule', 'llm_edge_things_total', { merge: 'sum' }],
    ['the query does not use the metric', 'llm_edge_things_total', { query: 'up' }],
    ['the budget exceeds the 2,000 series of an SDK', 'llm_edge_things_total', { seriesBudget: 2000 }],
    [
      'the description lacks the unit milliseconds',
      'llm_edge_wait_ms',
      { kind: 'gauge', merge: 'sum', description: 'Time.', query: 'llm_edge_wait_ms' },
    ],
  ])('says "%s"', (text, metric, change) => {
    expect(lintCatalogue({ [metric]: { ...GOOD, ...change } })).toEqual([{ metric, text }]);
  });

  it('says that buckets do not ascend and that a histogram lacks its unit', () => {
    const row: MetricSpec = { ...GOOD, kind: 'histogram', buckets: [2, 1], query: 'llm_edge_things' };
    expect(lintCatalogue({ llm_edge_things: row })).toEqual([
      { metric: 'llm_edge_things', text: 'a histogram name ends in its unit' },
      { metric: 'llm_edge_things', text: 'the buckets do not ascend' },
    ]);
  });
});
