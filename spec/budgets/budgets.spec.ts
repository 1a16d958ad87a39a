import { DiagLogLevel, diag } from '@opentelemetry/api';
import { type BudgetEvent, type BudgetOptions, isBudgetExceeded } from '../../lib/index.js';
import { NOON_MS, startBudgets } from '../support/budgets.js';

const HOUR_MS = 3_600_000;

let running: Awaited<ReturnType<typeof startBudgets>> | undefined;

async function setUp(...options: readonly BudgetOptions[]) {
  running = await startBudgets(...options);
  return running;
}

afterEach(async () => {
  jest.useRealTimers();
  await running?.shutdown();
  running = undefined;
});

describe('budgets', () => {
  it('charges a cost to every budget that it belongs to', async () => {
    const { charge, spent, limits } = await setUp(
      { name: 'all', limitUsd: 10, window: 'day' },
      { name: 'openai', limitUsd: 10, window: 'day', match: { provider: 'openai' } },
      { name: 'gpt', limitUsd: 10, window: 'day', match: { provider: 'open*', model: 'GPT-4*' } },
    );

    charge('openai', 'gpt-4o', 1);
    charge('OpenAI', 'o3', 2);
    charge('anthropic', 'gpt-4-lookalike', 4);

    expect(await spent()).toEqual({ all: 7, openai: 3, gpt: 1 });
    expect(await limits()).toEqual({ all: 10, openai: 10, gpt: 10 });
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('charges nothing for %d', async (costUsd) => {
    const { charge, spent } = await setUp({ name: 'all', limitUsd: 10, window: 'day' });

    charge('openai', 'gpt-4o', costUsd);

    expect(await spent()).toEqual({ all: 0 });
  });

  it('starts anew with each window, traffic or not', async () => {
    const { clock, charge, spent } = await setUp(
      { name: 'hour', limitUsd: 1, window: 'hour' },
      { name: 'day', limitUsd: 1, window: 'day' },
      { name: 'week', limitUsd: 1, window: 'week' },
      { name: 'month', limitUsd: 1, window: 'month' },
      { name: 'two hours', limitUsd: 1, window: { ms: 2 * HOUR_MS } },
    );
    charge('openai', 'gpt-4o', 1);

    clock.set(clock.at + HOUR_MS - 1);
    expect(await spent()).toEqual({ hour: 1, day: 1, week: 1, month: 1, 'two hours': 1 });
    clock.set(clock.at + 1);
    expect(await spent()).toEqual({ hour: 0, day: 1, week: 1, month: 1, 'two hours': 1 });
    clock.set(Date.parse('2026-11-17T00:00:00Z'));
    expect(await spent()).toEqual({ hour: 0, day: 0, week: 1, month: 1, 'two hours': 0 });
    clock.set(Date.parse('2026-11-23T00:00:00Z'));
    expect(await spent()).toEqual({ hour: 0, day: 0, week: 0, month: 1, 'two hours': 0 });
    clock.set(Date.parse('2026-12-01T00:00:00Z'));
    expect(await spent()).toEqual({ hour: 0, day: 0, week: 0, month: 0, 'two hours': 0 });
  });

  it('returns to a window, with what was spent in it, when the clock is set on or back', async () => {
    const { clock, charge, spent } = await setUp({ name: 'hour', limitUsd: 1, window: 'hour' });
    charge('openai', 'gpt-4o', 1);

    clock.set(clock.at - 5 * HOUR_MS);
    expect(await spent()).toEqual({ hour: 0 });
    charge('openai', 'gpt-4o', 2);
    clock.set(clock.at + 5 * HOUR_MS);
    expect(await spent()).toEqual({ hour: 1 });
    clock.set(clock.at - 5 * HOUR_MS);
    expect(await spent()).toEqual({ hour: 2 });
  });

  it('remembers the three windows that the clock left last', async () => {
    const { clock, charge, spent } = await setUp({ name: 'hour', limitUsd: 1, window: 'hour' });
    for (let hour = 0; hour < 5; hour++) {
      charge('openai', 'gpt-4o', hour + 1);
      clock.set(clock.at + HOUR_MS);
    }
    const back: unknown[] = [];
    for (const hours of [1, 2, 3, 4, 5]) {
      clock.set(NOON_MS + (5 - hours) * HOUR_MS);
      back.push((await spent())['hour']);
    }
    expect(back).toEqual([5, 4, 3, 2, 0]);
  });

  it('is exceeded once its limit is reached, until the next window', async () => {
    const { clock, charge } = await setUp({ name: 'team', limitUsd: 1, window: 'hour' });

    charge('openai', 'gpt-4o', 0.75);
    expect(isBudgetExceeded('team')).toBe(false);
    charge('openai', 'gpt-4o', 0.25);
    expect(isBudgetExceeded('team')).toBe(true);
    clock.set(clock.at + HOUR_MS);
    expect(isBudgetExceeded('team')).toBe(false);
    expect(isBudgetExceeded('nobody')).toBe(false);
  });

  describe('with thresholds', () => {
    it('calls once for each in each window, in their order', async () => {
      const events: BudgetEvent[] = [];
      const onThreshold = (event: BudgetEvent) => events.push(event);
      const { clock, charge } = await setUp({ name: 'team', limitUsd: 10, window: 'hour', onThreshold });
      const passed = () => events.splice(0).map(({ threshold, spentUsd }) => [threshold, spentUsd]);

      charge('openai', 'gpt-4o', 4.9);
      expect(passed()).toEqual([]);
      charge('openai', 'gpt-4o', 0.1);
      expect(passed()).toEqual([[0.5, 5]]);
      charge('openai', 'gpt-4o', 6);
      expect(passed()).toEqual([
        [0.8, 11],
        [1, 11],
      ]);
      charge('openai', 'gpt-4o', 50);
      expect(passed()).toEqual([]);

      clock.set(clock.at + HOUR_MS);
      charge('openai', 'gpt-4o', 5);
      expect(events).toEqual([
        {
          budget: 'team',
          threshold: 0.5,
          limitUsd: 10,
          spentUsd: 5,
          windowStart: new Date('2026-11-16T13:00:00Z'),
          windowEnd: new Date('2026-11-16T14:00:00Z'),
        },
      ]);
    });

    it('does not call again for a callback that spends', async () => {
      const thresholds: number[] = [];
      const { charge, spent } = await setUp({
        name: 'team',
        limitUsd: 10,
        window: 'hour',
        onThreshold: ({ threshold }) => {
          thresholds.push(threshold);
          charge('openai', 'gpt-4o', 3);
        },
      });

      charge('openai', 'gpt-4o', 5);

      expect(thresholds).toEqual([0.5, 0.8, 1]);
      expect(await spent()).toEqual({ team: 14 });
    });

    it('tells diag what a callback throws or rejects with, and charges on', async () => {
      const lines: unknown[] = [];
      const quiet = () => {};
      const error = (...line: unknown[]) => lines.push(line);
      diag.setLogger(
        { error, warn: quiet, info: quiet, debug: quiet, verbose: quiet },
        { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true },
      );
      const thrown = new Error('thrown');
      const rejected = new Error('rejected');
      const { charge, spent } = await setUp({
        name: 'team',
        limitUsd: 10,
        window: 'hour',
        thresholds: [0.5, 1],
        onThreshold: ({ threshold }) => {
          if (threshold === 0.5) throw thrown;
          return Promise.reject(rejected);
        },
      });

      charge('openai', 'gpt-4o', 12);
      await new Promise(setImmediate);
      diag.disable();

      const line = 'onThreshold of budget "team" failed';
      expect(lines).toEqual([
        ['llm-edge-monitoring', line, thrown],
        ['llm-edge-monitoring', line, rejected],
      ]);
      expect(await spent()).toEqual({ team: 12 });
    });
  });
});
