import fc from 'fast-check';
import type { BudgetWindow } from '../../lib/index.js';
import { createZoneOffset, windowAt } from '../support/budgets.js';

const inUtc = createZoneOffset('UTC');

/** Zones whose clocks are put on and back in every way there is. */
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Havana', // To and from midnight.
  'America/Sao_Paulo', // Over midnight.
  'America/St_Johns', // A minute past midnight, until 2011.
  'Asia/Amman',
  'Asia/Kathmandu', // 05:45
  'Australia/Lord_Howe', // By half an hour.
  'Pacific/Apia', // By a whole day, in 2011.
  'Africa/Monrovia', // By 44 minutes and 30 seconds, in 1972.
];

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
    expect(windowAt(window, Date.parse(now), inUtc)).toEqual({
      startMs: Date.parse(start),
      endMs: Date.parse(end),
    });
  });

  it('holds its moment, and is followed by the next without a gap', () => {
    const windowArbitrary: fc.Arbitrary<BudgetWindow> = fc.oneof(
      fc.constantFrom('hour', 'day', 'week', 'month'),
      fc.record({ ms: fc.integer({ min: 1000, max: 10 ** 10 }) }),
    );
    const moment = fc.integer({ min: 0, max: Date.parse('2100-01-01T00:00:00Z') });
    const offsets = fc.constantFrom(...ZONES.map(createZoneOffset));
    fc.assert(
      fc.property(windowArbitrary, offsets, moment, (window, offset, nowMs) => {
        const { startMs, endMs } = windowAt(window, nowMs, offset);
        const next = windowAt(window, endMs, offset);
        return startMs <= nowMs && nowMs < endMs && next.startMs === endMs && next.endMs > endMs;
      }),
    );
  });

  it.each(ZONES)('has no gap and no overlap in %s, hour by hour and day by day', (zone) => {
    const offset = createZoneOffset(zone);
    const wrong: unknown[] = [];
    for (const window of ['hour', 'day'] as const) {
      let nowMs = Date.parse('2010-12-25T12:34:56Z');
      while (nowMs < Date.parse('2012-01-02T00:00:00Z')) {
        const bounds = windowAt(window, nowMs, offset);
        const last = windowAt(window, bounds.endMs - 1, offset);
        const isWhole = last.startMs === bounds.startMs && last.endMs === bounds.endMs;
        if (!isWhole || windowAt(window, bounds.endMs, offset).startMs !== bounds.endMs) wrong.push(bounds);
        nowMs = bounds.endMs;
      }
    }
    expect(wrong).toEqual([]);
  });
});
