import { formatTick, formatValue } from '../../scripts/screenshots/page/units.js';

describe('formatValue()', () => {
  it.each([
    [0, 'ms', undefined, '0 ms'],
    [0.25, 'ms', undefined, '250 µs'],
    [1870, 'ms', undefined, '1.87 s'],
    [5_736_960, 's', undefined, '66.4 d'],
    [87.2, 'currencyUSD', undefined, '$87.2'],
    [0.000123, 'currencyUSD', undefined, '$0.000123'],
    [-1234, 'currencyUSD', undefined, '-$1.23K'],
    [0.008, 'percentunit', 2, '0.80%'],
    [1305, 'short', undefined, '1.30 K'],
    [1305.4, 'locale', 0, '1,305'],
    [19.7, 'reqps', undefined, '19.7 req/s'],
    [32_400, 'si:tok/s', undefined, '32.4 k tok/s'],
    [2048, 'bytes', undefined, '2 KiB'],
    [1.5, 'suffix:x', undefined, '1.50x'],
  ])('writes %d in %s', (value, unit, decimals, text) => {
    expect(formatValue(value, unit, decimals)).toBe(text);
  });

  it('refuses a unit that it does not know, so that no panel is drawn with a wrong one', () => {
    expect(() => formatValue(1, 'furlong')).toThrow('The unit "furlong" is not known here.');
  });
});

describe('formatTick()', () => {
  it('is as short as it can be', () => {
    expect([0, 500, 1500].map((value) => formatTick(value, 'ms'))).toEqual(['0 ms', '500 ms', '1.5 s']);
  });
});
