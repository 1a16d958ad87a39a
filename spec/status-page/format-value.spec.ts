import { formatTicks, formatTime, formatUptime, formatValue } from '../support/status-page.js';

describe('formatValue()', () => {
  it.each([
    [null, 'count', '–'],
    [Number.NaN, 'ratio', '–'],
    [0, 'count', '0'],
    [1312, 'count', '1,312'],
    [2.5, 'count', '2.5'],
    [48_200, 'count', '48.2k'],
    [3_140_000_000, 'count', '3.14B'],
    [0.0421, 'per_second', '0.0421/s'],
    [41.26, 'per_second', '41.3/s'],
    [38_412, 'tokens_per_second', '38.4k/s'],
    [0.248, 'milliseconds', '0.248 ms'],
    [840.4, 'milliseconds', '840 ms'],
    [2412, 'milliseconds', '2.41 s'],
    [0.5, 'seconds', '500 ms'],
    [90, 'seconds', '90 s'],
    [0, 'usd', '$0.00'],
    [41.2, 'usd', '$41.20'],
    [0.5, 'usd', '$0.50'],
    [-3, 'usd', '-$3.00'],
    [0.00312, 'usd', '$0.00312'],
    [1_250_000, 'usd', '$1.25M'],
    [0.0122, 'usd_per_second', '$0.0122/s'],
    [0.9103, 'ratio', '91%'],
    [0.00042, 'ratio', '0.042%'],
    [1, 'ratio', '100%'],
  ] as const)('shows %p in %s as %s', (value, unit, text) => {
    expect(formatValue(value, unit)).toBe(text);
  });
});

describe('formatTicks()', () => {
  it.each([
    [[0, 500, 1000, 1500], 'milliseconds', ['0', '0.5 s', '1.0 s', '1.5 s']],
    [[0, 200, 400], 'milliseconds', ['0', '200 ms', '400 ms']],
    [[0, 0.25, 0.5], 'ratio', ['0', '25%', '50%']],
    [[0, 0.005, 0.01], 'ratio', ['0', '0.5%', '1.0%']],
    [[0, 0.005, 0.01, 0.015], 'usd_per_second', ['0', '$0.005/s', '$0.010/s', '$0.015/s']],
    [[0, 10_000, 20_000], 'tokens_per_second', ['0', '10k/s', '20k/s']],
    [[0, 2_500_000, 5_000_000], 'count', ['0', '2.5M', '5.0M']],
    [[], 'count', []],
  ] as const)('gives %j in %s one unit and the same digits', (ticks, unit, texts) => {
    expect(formatTicks(ticks, unit)).toEqual(texts);
  });
});

describe('formatTime()', () => {
  it('names the day only where it is another one', () => {
    const now = new Date(2026, 10, 28, 9, 5, 7).getTime();
    const before = new Date(2026, 10, 27, 23, 59, 59).getTime();
    expect([formatTime(now, now), formatTime(before, now)]).toEqual(['09:05:07', '2026-11-27 23:59:59']);
  });
});

describe('formatUptime()', () => {
  it.each([
    [0, '0 s'],
    [59_900, '59 s'],
    [61_000, '1 min 1 s'],
    [11_640_000, '3 h 14 min'],
    [90_000_000, '1 d 1 h'],
    [-5000, '0 s'],
  ])('shows %i ms as %s', (millis, text) => {
    expect(formatUptime(millis)).toBe(text);
  });
});
