import fc from 'fast-check';
import { metricsIn, parseProblems, unquote } from '../../scripts/promql/promql.js';

describe('metricsIn()', () => {
  it('lists every selector with its matchers, in order', () => {
    const query = 'sum(rate(a_total{x="1",y!~"b|c"}[5m])) / on (job) group_left () sum by (job) (b)';
    expect(metricsIn(query)).toEqual([
      {
        name: 'a_total',
        isPattern: false,
        labels: ['x', 'y'],
        matchers: [
          { label: 'x', operator: '=', value: '1' },
          { label: 'y', operator: '!~', value: 'b|c' },
        ],
      },
      { name: 'b', isPattern: false, labels: [], matchers: [] },
    ]);
  });

  it('takes the name from __name__', () => {
    const [exact, pattern] = metricsIn('{__name__="a",x=~`\\d+`} + {__name__=~"a|b"}');
    expect([exact?.name, exact?.isPattern, exact?.matchers]).toEqual([
      'a',
      false,
      [{ label: 'x', operator: '=~', value: '\\d+' }],
    ]);
    expect([pattern?.name, pattern?.isPattern]).toEqual(['a|b', true]);
  });

  it('finds nothing in a query without selectors', () => {
    expect(metricsIn('vector(1) + time()')).toEqual([]);
  });
});

describe('parseProblems()', () => {
  it.each([
    ['sum by (job) (rate(a_total[5m]))'],
    ['histogram_quantile(0.95, sum by (le) (rate(a_bucket[5m]))) >= 0'],
    ['(a > 1 and b) unless on (job) c or 0 * d'],
    ['sum_over_time(a[1h:5m]) @ end()'],
  ])('accepts %s', (query) => {
    expect(parseProblems(query)).toEqual([]);
  });

  it.each([
    ['', 'the query is empty'],
    ['sum(', 'something is missing at offset 4'],
    ['a{x=}', 'something is missing at offset 4'],
    ['rate(a[5m]', 'something is missing at offset 10'],
    ['a b', 'unexpected "b" at offset 2'],
    ['rate(a[$__rate_interval])', 'unexpected "$" at offset 7'],
  ])('says what is wrong with %p', (query, problem) => {
    expect(parseProblems(query)[0]).toBe(problem);
  });

  it('ends for any text', () => {
    fc.assert(fc.property(fc.string(), (text) => Array.isArray(parseProblems(text))));
  });
});

describe('unquote()', () => {
  it.each([
    ['"a\\"b"', 'a"b'],
    ["'a'", 'a'],
    ['`a\\d`', 'a\\d'],
    ['"a\\\\d"', 'a\\d'],
  ])('reads %s', (literal, value) => {
    expect(unquote(literal)).toBe(value);
  });
});
