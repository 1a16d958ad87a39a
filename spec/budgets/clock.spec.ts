import fc from 'fast-check';
import { type BudgetOptions, initMonitoring, isBudgetExceeded, recordCost } from '../../lib/index.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { setWallClock } from '../support/wall-clock.js';

const HOUR_MS = 3_600_000;
const NOON_MS = Date.parse('2026-11-16T12:00:00Z');
const ZONES = ['UTC', 'Europe/Berlin', 'America/Sao_Paulo', 'Asia/Kathmandu', 'Australia/Lord_Howe'];

let test: TestMonitoring | undefined;

async function start(...budgets: readonly BudgetOptions[]): Promise<TestMonitoring> {
  test = await startTestMonitoring({ budgets });
  return test;
}

async function spent(monitoring: TestMonitoring, budget = 'team') {
  // The SDK takes the value of the later time for the newer one, so that a clock that was set back has it repeat the
  // value of the collection before, once.
  await monitoring.value('llm_edge_budget_spent_usd', { budget });
  return monitoring.value('llm_edge_budget_spent_usd', { budget });
}

afterEach(async () => {
  await test?.shutdown();
  test = undefined;
  jest.useRealTimers();
});

/** Which window a moment is in, told from what a calendar on the wall of the zone shows. */
function pageOf(window: 'hour' | 'day' | 'month', timeZone: string, atMs: number): string {
  const date = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(atMs);
  if (window !== 'hour') return date.slice(0, window === 'day' ? 10 : 7);
  // An hour that is shown twice is two windows, which the offset tells from each other.
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    timeZoneName: 'longOffset',
    hour: 'numeric',
    hourCycle: 'h23',
  });
  return `${date} ${parts.format(atMs)}`;
}

describe('a budget whose clock is set', () => {
  it('goes on after a jump into the future and back', async () => {
    setWallClock(NOON_MS);
    const monitoring = await start({ name: 'team', limitUsd: 10, window: 'day' });
    recordCost('openai', 'gpt-4o', 4);
    setWallClock('2099-01-01T00:00:00Z');
    recordCost('openai', 'gpt-4o', 11);
    expect([await spent(monitoring), isBudgetExceeded('team')]).toEqual([11, true]);
    setWallClock(NOON_MS + HOUR_MS);
    expect([await spent(monitoring), isBudgetExceeded('team')]).toEqual([4, false]);
    recordCost('openai', 'gpt-4o', 1);
    expect(await spent(monitoring)).toBe(5);
    setWallClock('2026-11-17T00:00:00Z');
    expect(await spent(monitoring)).toBe(0);
  });

  it('does not give the limit anew when the clock is put back over midnight, nor call again', async () => {
    const events: string[] = [];
    setWallClock('2026-11-16T23:59:59Z');
    const monitoring = await start({
      name: 'team',
      limitUsd: 10,
      window: 'day',
      thresholds: [1],
      onThreshold: ({ windowStart }) => events.push(windowStart.toISOString().slice(0, 10)),
    });
    recordCost('openai', 'gpt-4o', 10);
    setWallClock('2026-11-17T00:00:01Z');
    recordCost('openai', 'gpt-4o', 3);
    setWallClock('2026-11-16T23:59:58Z');
    expect([await spent(monitoring), isBudgetExceeded('team')]).toEqual([10, true]);
    recordCost('openai', 'gpt-4o', 1);
    setWallClock('2026-11-17T00:00:02Z');
    expect(await spent(monitoring)).toBe(3);
    expect(events).toEqual(['2026-11-16']);
  });

  it('counts each cost once, in the window that the clock shows, whatever the clock does', async () => {
    const moment = fc.integer({ min: Date.parse('2012-01-01'), max: Date.parse('2100-01-01') });
    // Four windows, which are all remembered, with many ways to and fro between them.
    const scenario = fc.record({
      window: fc.constantFrom('hour' as const, 'day' as const, 'month' as const),
      timeZone: fc.constantFrom(...ZONES),
      moments: fc.array(moment, { minLength: 1, maxLength: 4 }),
      steps: fc.array(fc.tuple(fc.nat({ max: 3 }), fc.integer({ min: 1, max: 100 })), { maxLength: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ window, timeZone, moments, steps }) => {
        setWallClock(moments[0] ?? 0);
        const monitoring = await start({ name: 'team', limitUsd: 1000, window, timeZone });
        const expected: Record<string, number> = {};
        for (const [at, cost] of steps) {
          const atMs = moments[at % moments.length] ?? 0;
          setWallClock(atMs);
          recordCost('openai', 'gpt-4o', cost);
          const page = pageOf(window, timeZone, atMs);
          expected[page] = (expected[page] ?? 0) + cost;
          expect(await spent(monitoring)).toBe(expected[page]);
        }
        await monitoring.shutdown();
      }),
      { numRuns: 60 },
    );
  });

  it('is never frozen: a window that was not there before begins with nothing, however many there were', async () => {
    const moments = fc.array(fc.integer({ min: 0, max: Date.parse('3000-01-01') }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(moments, async (wrong) => {
        setWallClock(NOON_MS);
        const monitoring = await start({ name: 'team', limitUsd: 1, window: 'hour' });
        for (const atMs of wrong) {
          setWallClock(atMs);
          recordCost('openai', 'gpt-4o', 1);
        }
        const fresh = Date.parse('3000-06-01T00:00:00Z');
        for (const hour of [0, 1, 2]) {
          setWallClock(fresh + hour * HOUR_MS);
          expect([await spent(monitoring), isBudgetExceeded('team')]).toEqual([0, false]);
          recordCost('openai', 'gpt-4o', 1);
          expect([await spent(monitoring), isBudgetExceeded('team')]).toEqual([1, true]);
        }
        await monitoring.shutdown();
      }),
      { numRuns: 30 },
    );
  });

  it('charges on, and throws nothing, where the clock shows no date', async () => {
    setWallClock(NOON_MS);
    const monitoring = await start(
      ...(['hour', 'day', 'week', 'month'] as const).map(
        (window): BudgetOptions => ({ name: window, limitUsd: 10, window, timeZone: 'Europe/Berlin' }),
      ),
    );
    const now = jest.spyOn(Date, 'now');
    for (const atMs of [Number.NaN, 8.64e15, -8.64e15, Number.POSITIVE_INFINITY]) {
      now.mockReturnValue(atMs);
      recordCost('openai', 'gpt-4o', 20);
      expect(isBudgetExceeded('month')).toBe(true);
    }
    now.mockReturnValue(NOON_MS);
    recordCost('openai', 'gpt-4o', 1);
    for (const window of ['hour', 'day', 'week', 'month']) {
      expect([await spent(monitoring, window), isBudgetExceeded(window)]).not.toEqual([20, true]);
    }
  });
});

describe('a budget of a time zone', () => {
  const HOUR = 1 / 24;
  it.each([
    // Clocks are put on: 23 hours.
    ['day', 'Europe/Berlin', '2026-03-29T12:00Z', '2026-03-28T23:00Z', 1 - HOUR],
    // Clocks are put back: 25 hours.
    ['day', 'Europe/Berlin', '2026-10-25T12:00Z', '2026-10-24T22:00Z', 1 + HOUR],
    ['day', 'America/New_York', '2026-11-01T12:00Z', '2026-11-01T04:00Z', 1 + HOUR],
    ['day', 'Asia/Kolkata', '2026-11-16T18:29Z', '2026-11-15T18:30Z', 1],
    // Clocks are put on at midnight, so that the day begins at one.
    ['day', 'Africa/Cairo', '2026-04-24T12:00Z', '2026-04-23T22:00Z', 1 - HOUR],
    // Clocks are put back at midnight to the hour before.
    ['day', 'Africa/Cairo', '2026-10-29T12:00Z', '2026-10-28T21:00Z', 1 + HOUR],
    // Clocks are put back to midnight, which is there twice.
    ['day', 'America/Havana', '2026-11-01T12:00Z', '2026-11-01T04:00Z', 1 + HOUR],
    // A date that was left out.
    ['day', 'Pacific/Apia', '2011-12-31T00:00Z', '2011-12-30T10:00Z', 1],
    ['week', 'Europe/Berlin', '2026-03-29T12:00Z', '2026-03-22T23:00Z', 7 - HOUR],
    ['month', 'Europe/Berlin', '2026-03-15T12:00Z', '2026-02-28T23:00Z', 31 - HOUR],
    ['month', 'America/Los_Angeles', '2027-01-01T07:59Z', '2026-12-01T08:00Z', 31],
    ['hour', 'Asia/Kolkata', '2026-11-16T12:34Z', '2026-11-16T12:30Z', HOUR],
    // Half an hour is left out, and the hour ends there.
    ['hour', 'Australia/Lord_Howe', '2026-10-03T15:40Z', '2026-10-03T15:30Z', HOUR / 2],
    ['day', 'UTC', '2026-03-29T12:00Z', '2026-03-29T00:00Z', 1],
    ['day', undefined, '2026-03-29T12:00Z', '2026-03-29T00:00Z', 1],
  ] as const)('has the %s in %s at %s begin at %s', async (window, timeZone, now, startsAt, days) => {
    const windows: (readonly Date[])[] = [];
    setWallClock(now);
    const onThreshold: BudgetOptions['onThreshold'] = ({ windowStart, windowEnd }) =>
      windows.push([windowStart, windowEnd]);
    const monitoring = await start({
      name: 'team',
      limitUsd: 1,
      window,
      timeZone,
      thresholds: [1],
      onThreshold,
    });
    recordCost('openai', 'gpt-4o', 1);
    const startMs = Date.parse(startsAt);
    const endMs = startMs + Math.round(days * 24 * HOUR_MS);
    expect(windows).toEqual([[new Date(startMs), new Date(endMs)]]);
    setWallClock(endMs - 1);
    expect(await spent(monitoring)).toBe(1);
    setWallClock(endMs);
    expect(await spent(monitoring)).toBe(0);
    setWallClock(startMs);
    expect(await spent(monitoring)).toBe(1);
    setWallClock(startMs - 1);
    expect(await spent(monitoring)).toBe(0);
  });

  it.each(['Europe/Atlantis', '', '+02:00', 2, null])('is refused at the start for %j', async (timeZone) => {
    const budgets = [{ name: 'team', limitUsd: 1, window: 'day', timeZone }] as unknown as BudgetOptions[];
    await expect(initMonitoring({ budgets, metrics: { port: 0 } })).rejects.toMatchObject({
      code: 'ERR_INVALID_CONFIG',
      problems: [
        {
          option: 'budgets[0].timeZone',
          remedy: 'write the IANA name of a time zone, such as Europe/Berlin',
        },
      ],
    });
  });
});
