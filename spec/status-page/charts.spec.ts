import { createSeriesLooks, largestSeries, latestValues, timeWindow } from '../support/status-page.js';

type Series = Parameters<typeof largestSeries>[0][number];

function series(name: string, values: Series['values'], tone: Series['tone'] = 'neutral'): Series {
  return { name, tone, values };
}

function chart(unit: Parameters<typeof latestValues>[0]['unit'], ...all: readonly Series[]) {
  return { kind: 'chart', id: 'x', title: 'X', help: '', unit, series: all } as const;
}

describe('latestValues()', () => {
  it('adds up amounts, and names the largest', () => {
    const panel = chart(
      'per_second',
      series('a', [9, 1]),
      series('b', [0, 3]),
      series('c', [0, 2]),
      series('d', [1, 0]),
    );
    expect(latestValues(panel)).toEqual({
      main: { value: 6 },
      others: [
        { name: 'b', value: 3 },
        { name: 'c', value: 2 },
      ],
    });
  });

  it('adds up no percentiles and no shares', () => {
    const panel = chart('milliseconds', series('p50', [1, 2]), series('p95', [3, null]));
    expect(latestValues(panel)).toEqual({
      main: { name: 'p50', value: 2 },
      others: [{ name: 'p95', value: null }],
    });
  });

  it('has no value where there is none', () => {
    expect(latestValues(chart('count'))).toEqual({ main: { value: null }, others: [] });
    expect(latestValues(chart('count', series('a', []), series('b', [null]))).main).toEqual({ value: null });
    expect(latestValues(chart('count', series('a', [7])))).toEqual({ main: { value: 7 }, others: [] });
  });
});

describe('largestSeries()', () => {
  it('keeps those with the highest values, in their order', () => {
    const all = [series('a', [1, null]), series('b', [0, 9]), series('c', [null]), series('d', [5])];
    const { shown, leftOut } = largestSeries(all, 2);
    expect([shown.map(({ name }) => name), leftOut]).toEqual([['b', 'd'], 2]);
    expect(largestSeries(all, 4)).toEqual({ shown: all, leftOut: 0 });
  });
});

describe('createSeriesLooks()', () => {
  it('keeps the look of a series, whatever comes and goes beside it', () => {
    const looksOf = createSeriesLooks();
    const [, second] = looksOf([series('a', []), series('b', [])]);
    const [first, again, third] = looksOf([series('c', []), series('b', []), series('d', [])]);
    expect(again).toEqual(second);
    expect(new Set([first, again, third].map((look) => look?.colour)).size).toBe(3);
  });

  it('gives every series of a full chart a look of its own', () => {
    const looks = createSeriesLooks()(Array.from({ length: 24 }, (_, index) => series(`s${index}`, [])));
    expect(new Set(looks.map((look) => JSON.stringify(look))).size).toBe(24);
  });

  it('takes the tone as the colour where it means something, and tells its series apart by dashes', () => {
    const looks = createSeriesLooks()([
      series('a', [], 'good'),
      series('b', [], 'bad'),
      series('c', [], 'bad'),
    ]);
    expect(looks.map(({ colour }) => colour)).toEqual(['--good', '--bad', '--bad']);
    expect(looks[1]?.dash).not.toEqual(looks[2]?.dash);
  });
});

describe('timeWindow()', () => {
  it.each([
    [[], [0, 0]],
    [[100], [40, 100]],
    [
      [0, 60],
      [0, 60],
    ],
    [
      [0, 61],
      [-59, 61],
    ],
    [
      [0, 1500, 3000, 4000],
      [0, 4000],
    ],
    [
      [0, 30, 90_000, 90_045],
      [89_985, 90_045],
    ],
  ])('of %j is %j', (times, window) => {
    const [from, to] = timeWindow(times);
    expect(times.length === 0 ? [0, 0] : [from, to]).toEqual(window);
  });
});
