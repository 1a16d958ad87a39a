import fc from 'fast-check';
import { type BudgetWindow, windowAt } from '../../lib/cost/budget-windows.js';

describe('windowAt()', () => {
  it.each([
    ['hour', '2026-11-16T12:34:56.789Z', '2026-11-16T12:00:00.000Z', '2026-11-16T13:00:00.000Z'],
    ['hour', '2026-11-16T13:00:00.000Z', '2026-11-16T13:00:00.000Z', '2026-11-16T14:00:00.000Z'],
    ['day', '2026-12-31T23:59:59.999Z', '2026-12-31T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
    ['week', '2026-11-15T23:59:59.999Z', '2026-11-09T00:00:00.000Z', '2026-11-16T00:00:00.000Z'],
    ['week', '2026-11-16T00:00:00.000Z', '2026-11-16T00:00:00.000Z', '2026-11-23T00:00:00.000Z'],
    ['month', '2028-02-29T12:00:00.000Z', '2028-02-01T00:00:00.000Z', '2028-03-01T00:00:00.000Z'],
    ['month', '2026-12-05T12:00:00.000Z', '2026-12-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
    [{ ms: 900_000 }, '2026-11-16T12:34:56.789Z', '2026-11-16T12:30:00.000Z', '2026-11-16T12:45:00.000Z'],
  ] as const)('of %j at %s', (window, now, start, end) => {
    expect(windowAt(window, Date.parse(now))).toEqual({ startMs: Date.parse(start), endMs: Date.parse(end) });
  });

  it('holds its moment, and is followed by the next without a gap', () => {
    const windowArbitrary: fc.Arbitrary<BudgetWindow> = fc.oneof(
      fc.constantFrom('hour', 'day', 'week', 'month'),
      fc.record({ ms: fc.integer({ min: 1000, max: 10 ** 10 }) }),
    );
    const moment = fc.integer({ min: 0, max: Date.parse('2100-01-01T00:00:00Z') });
    fc.assert(
      fc.property(windowArbitrary, moment, (window, nowMs) => {
        const { startMs, endMs } = windowAt(window, nowMs);
        const next = windowAt(window, endMs);
        return startMs <= nowMs && nowMs < endMs && next.startMs === endMs && next.endMs > endMs;
      }),
    );
  });
});
