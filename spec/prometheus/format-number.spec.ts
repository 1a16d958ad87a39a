import fc from 'fast-check';
import { formatCanonicalBound, formatNumber } from '../../lib/prometheus/format-number.js';

describe('formatNumber()', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    [42, '42'],
    [0.1 + 0.2, '0.30000000000000004'],
    [1e21, '1e+21'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [Number.NaN, 'NaN'],
  ])('writes %p as %p', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  it('loses nothing of a finite number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(formatNumber(value)) + 0).toBe(value + 0);
      }),
    );
  });
});

describe('formatCanonicalBound()', () => {
  // The second column is what Go's strconv.FormatFloat(x, 'g', -1, 64) gives, with ".0" as OpenMetrics asks.
  it.each([
    [0, '0.0'],
    [0.001, '0.001'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [0.000015, '1.5e-05'],
    [1, '1.0'],
    [2.5, '2.5'],
    [10, '10.0'],
    [600_000, '600000.0'],
    [999_999.5, '999999.5'],
    [1_000_000, '1e+06'],
    [1_234_567, '1.234567e+06'],
    [1e100, '1e+100'],
    [-10, '-10.0'],
    [Number.POSITIVE_INFINITY, '+Inf'],
  ])('writes %p as %p', (bound, text) => {
    expect(formatCanonicalBound(bound)).toBe(text);
  });

  it('loses nothing, and always looks like a float', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (bound) => {
        const text = formatCanonicalBound(bound);
        expect(Number(text) + 0).toBe(bound + 0);
        expect(text).toMatch(/[.e]/);
      }),
    );
  });
});
