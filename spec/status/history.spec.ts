import fc from 'fast-check';
import {
  bucketQuantile,
  chart,
  createPointRing,
  createStatusSource,
  type StatusDocument,
  sumBy,
} from '../support/status.js';

describe('createPointRing()', () => {
  it('keeps the last points, as a list would', () => {
    const size = 7;
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.integer({ min: 0, max: 1000 })), { maxLength: 40 }),
        fc.nat(50),
        (values, since) => {
          const ring = createPointRing(size);
          const series = ring.series(null);
          values.forEach((value, index) => {
            ring.begin(index + 1);
            series.add(value);
          });
          const points = values.map((value, index) => [index + 1, value]).slice(-size);
          const lastTime = values.length;
          const expected =
            since > lastTime ? points : points.filter(([time = 0]) => (time as number) > since);
          const from = ring.indexAfter(since);
          expect(ring.times(from).map((time, index) => [time, series.values(from)[index]])).toEqual(expected);
        },
      ),
    );
  });

  it('has the initial value where a series did not exist yet', () => {
    const ring = createPointRing(4);
    ring.begin(1);
    ring.begin(2);
    const rate = ring.series(0);
    const quantile = ring.series(null);
    rate.add(5);
    quantile.add(6);
    ring.begin(3);
    expect([rate.values(0), quantile.values(0)]).toEqual([
      [0, 5, 0],
      [null, 6, null],
    ]);
  });

  it('begins anew when the clock was set back', () => {
    const ring = createPointRing(4);
    for (const time of [10, 11, 5]) ring.begin(time);
    expect(ring.times(0)).toEqual([5]);
    expect(ring.indexAfter(11)).toBe(0);
  });
});

/** As Prometheus defines it, over cumulative buckets: written apart from the code under test. */
function histogramQuantile(
  quantile: number,
  upperBounds: readonly number[],
  counts: readonly number[],
): number {
  const buckets: { le: number; count: number }[] = [];
  let sum = 0;
  [...upperBounds, Number.POSITIVE_INFINITY].forEach((le, index) => {
    sum += counts[index] ?? 0;
    buckets.push({ le, count: sum });
  });
  const observations = buckets.at(-1)?.count ?? 0;
  if (observations === 0) return Number.NaN;
  const rank = quantile * observations;
  const found = buckets.slice(0, -1).findIndex(({ count }) => count >= rank);
  if (found < 0) return buckets.at(-2)?.le ?? Number.NaN;
  const start = buckets[found - 1] ?? { le: 0, count: 0 };
  const end = buckets[found] ?? start;
  return start.le + (end.le - start.le) * ((rank - start.count) / (end.count - start.count));
}

describe('bucketQuantile()', () => {
  it('is what histogram_quantile of Prometheus returns', () => {
    const bounds = fc.uniqueArray(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        bounds.map((list) => list.sort((a, b) => a - b)),
        fc.array(fc.nat(50), { minLength: 13, maxLength: 13 }),
        fc.constantFrom(0.01, 0.5, 0.9, 0.95, 0.99, 1),
        (upperBounds, all, quantile) => {
          const counts = all.slice(0, upperBounds.length + 1);
          const expected = histogramQuantile(quantile, upperBounds, counts);
          const actual = bucketQuantile(upperBounds, counts, quantile);
          if (Number.isNaN(expected)) expect(actual).toBeNull();
          else expect(actual).toBeCloseTo(expected, 9);
        },
      ),
    );
  });

  it.each([
    [[0, 0, 0], 0.5, null],
    [[10, 0, 0], 0.5, 50],
    [[0, 10, 0], 0.5, 150],
    [[0, 0, 10], 0.5, 200],
    [[1, 1, 0], 0.95, 190],
  ])('of %p at %p is %p', (counts, quantile, expected) => {
    expect(bucketQuantile([100, 200], counts, quantile)).toBe(expected);
  });
});

describe('createStatusSource()', () => {
  const REQUESTS = sumBy('llm_edge_requests_total');
  const at = (atMs: number, value: number) => ({
    atMs,
    groups: new Map([[REQUESTS, new Map([['', { labels: [], value, buckets: undefined }]])]]),
  });

  function source() {
    let made = 0;
    const created = createStatusSource({
      panels: [
        chart({
          id: 'rate',
          title: 'Rate',
          help: 'The rate.',
          unit: 'per_second',
          reads: { requests: REQUESTS },
          *values({ requests }) {
            yield [
              'all',
              ((requests.now.get('')?.value ?? 0) - (requests.before.get('')?.value ?? 0)) / requests.seconds,
            ];
          },
        }),
      ],
      head: () => {
        made += 1;
        return { title: '', process: {} as never, hints: [] };
      },
      sources: () => ({ failures: [] }),
    });
    const add = (atMs: number, value: number) => {
      const now = at(atMs, value);
      const before = at(atMs - 1000, value - 2);
      created.add({ collectedAtMs: atMs, now, secondsAgo: before, minuteAgo: before, hasRecorded: true });
    };
    return { ...created, add, made: () => made };
  }

  it('makes one text for all who ask for the same points', () => {
    const { add, json, made } = source();
    for (let index = 1; index <= 10; index += 1) add(index * 1000, index * 2);
    const whole = json();
    const tail = json(9);
    for (let viewer = 0; viewer < 100; viewer += 1) {
      expect(json()).toBe(whole);
      expect(json(9)).toBe(tail);
    }
    expect(made()).toBe(2);
    const { times, panels } = JSON.parse(tail.toString()) as StatusDocument;
    expect(times).toEqual([10]);
    expect(panels).toMatchObject([{ series: [{ name: 'all', values: [2] }] }]);
    add(11_000, 22);
    expect(JSON.parse(json(10).toString()).times).toEqual([11]);
  });

  it('puts tails together to the whole', () => {
    const { add, json } = source();
    const times: number[] = [];
    for (let index = 1; index <= 400; index += 1) {
      add(index * 1000, index * 2);
      if (index % 3 === 0) times.push(...JSON.parse(json(times.at(-1)).toString()).times);
    }
    const whole = JSON.parse(json().toString()).times;
    expect(whole).toHaveLength(300);
    expect(times.slice(-299)).toEqual(whole.slice(0, -1));
  });
});
