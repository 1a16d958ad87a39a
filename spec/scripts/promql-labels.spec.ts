import {
  labelProblems,
  labelsOfQuery,
  type MetricLabels,
  type MetricSchema,
} from '../../scripts/promql/labels.js';

const METRICS: Record<string, MetricLabels> = {
  hits_total: new Map([
    ['job', undefined],
    ['tier', ['L1', 'L2']],
  ]),
  misses_total: new Map([
    ['job', undefined],
    ['tier', ['L1', 'L2']],
  ]),
  time_bucket: new Map([
    ['job', undefined],
    ['le', undefined],
  ]),
  info: new Map([
    ['job', undefined],
    ['version', undefined],
  ]),
};

const schema: MetricSchema = {
  labelsOf: (metric) => METRICS[metric],
  matching: (pattern) => Object.keys(METRICS).filter((name) => new RegExp(`^(?:${pattern})$`).test(name)),
};

describe('labelsOfQuery()', () => {
  it.each([
    ['rate(hits_total[5m])', ['job', 'tier']],
    ['sum by (tier) (rate(hits_total[5m]))', ['tier']],
    ['sum without (tier) (hits_total)', ['job']],
    ['sum(hits_total)', []],
    ['topk(3, hits_total)', ['job', 'tier']],
    ['histogram_quantile(0.5, sum by (job, le) (rate(time_bucket[5m])))', ['job']],
    ['label_replace(hits_total, "cache", "$1", "tier", "(.+)")', ['cache', 'job', 'tier']],
    ['hits_total / on (job, tier) misses_total', ['job', 'tier']],
    ['hits_total * on (job) group_left (version) info', ['job', 'tier', 'version']],
    ['hits_total unless on (job) info', ['job', 'tier']],
    ['sum by (job, tier) (hits_total) or sum by (job) (misses_total)', ['job']],
    ['1 - avg_over_time(hits_total[1h]) > 0.5', ['job', 'tier']],
    ['rate({__name__=~"(hits|misses)_total"}[5m])', ['job', 'tier']],
    ['vector(1)', []],
    ['absent(hits_total)', []],
  ])('follows the labels through %s', (query, labels) => {
    const result = labelsOfQuery(query, schema);
    expect(result.problems).toEqual([]);
    expect([...(result.labels ?? [])].sort()).toEqual(labels);
  });

  it('knows a scalar from a vector', () => {
    expect(labelsOfQuery('1 + 2', schema).labels).toBeUndefined();
    expect(labelsOfQuery('scalar(sum(hits_total))', schema).labels).toBeUndefined();
  });
});

describe('labelProblems()', () => {
  it.each([
    ['nothing_total', 'nothing_total does not exist'],
    ['{__name__=~"nothing.*"}', 'no metric matches "nothing.*"'],
    ['hits_total{teir="L1"}', 'hits_total has no label teir'],
    ['hits_total{tier="L9"}', 'hits_total never has tier="L9"'],
    ['hits_total{tier!~"L1|L9"}', 'hits_total never has tier="L9"'],
    [
      'sum by (model) (hits_total)',
      '`sum by (model) (hits_total)` groups by model, but there is only {job, tier}',
    ],
    [
      'sum by (tier) (sum by (job) (hits_total))',
      '`sum by (tier) (sum by (job) (hits_total))` groups by tier, but there is only {job}',
    ],
    [
      'histogram_quantile(0.5, sum by (job) (time_bucket))',
      'histogram_quantile needs le, but there is only {job}',
    ],
    [
      'sum by (job) (hits_total) / sum by (tier) (misses_total)',
      'the sides of `sum by (job) (hits_total) / sum by (tier) (misses_total)` never match: {job} and {tier}',
    ],
    [
      'hits_total and on (version) info',
      'the left side of `hits_total and on (version) info` needs version, but there is only {job, tier}',
    ],
    [
      'hits_total * on (job) group_left (commit) info',
      'group_left or group_right takes commit, but there is only {job, version}',
    ],
    [
      'label_replace(hits_total, "a", "$1", "b", "(.+)")',
      'label_replace reads b, but there is only {job, tier}',
    ],
  ])('finds what is wrong with %s', (query, problem) => {
    expect(labelProblems(query, schema)).toEqual([problem]);
  });

  it('accepts a pattern as the value of a closed label', () => {
    expect(labelProblems('hits_total{tier=~"L.+"} or hits_total{tier!=""}', schema)).toEqual([]);
  });
});
