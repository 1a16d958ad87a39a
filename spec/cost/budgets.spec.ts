import { DiagLogLevel, diag } from '@opentelemetry/api';
import { type BudgetEvent, type BudgetOptions, resolveBudgets } from '../../lib/budgets/budget-options.js';
import { createBudgets } from '../../lib/budgets/budgets.js';

const MONDAY_MS = Date.parse('2026-11-16T12:00:00Z');
const HOUR_MS = 3_600_000;

function setUp(...options: readonly BudgetOptions[]) {
  const clock = { nowMs: MONDAY_MS };
  const { config, problems } = resolveBudgets(options);
  expect(problems).toEqual([]);
  return { budgets: createBudgets(config, () => clock.nowMs), clock };
}

function spent(budgets: ReturnType<typeof createBudgets>): Record<string, number> {
  return Object.fromEntries(budgets.read().map(({ name, spentUsd }) => [name, spentUsd]));
}

describe('createBudgets()', () => {
  it('charges a cost to every budget that it belongs to', () => {
    const { budgets } = setUp(
      { name: 'all', limitUsd: 10, window: 'day' },
      { name: 'openai', limitUsd: 10, window: 'day', match: { provider: 'openai' } },
      { name: 'gpt', limitUsd: 10, window: 'day', match: { provider: 'open*', model: 'GPT-4*' } },
    );

    budgets.charge('openai', 'gpt-4o', 1);
    budgets.charge('OpenAI', 'o3', 2);
    budgets.charge('anthropic', 'gpt-4-lookalike', 4);

    expect(budgets.read()).toEqual([
      { name: 'all', limitUsd: 10, spentUsd: 7 },
      { name: 'openai', limitUsd: 10, spentUsd: 3 },
      { name: 'gpt', limitUsd: 10, spentUsd: 1 },
    ]);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('charges nothing for %d', (costUsd) => {
    const { budgets } = setUp({ name: 'all', limitUsd: 10, window: 'day' });

    budgets.charge('openai', 'gpt-4o', costUsd);

    expect(spent(budgets)).toEqual({ all: 0 });
  });

  it('starts anew with each window, traffic or not', () => {
    const { budgets, clock } = setUp(
      { name: 'hour', limitUsd: 1, window: 'hour' },
      { name: 'day', limitUsd: 1, window: 'day' },
      { name: 'week', limitUsd: 1, window: 'week' },
      { name: 'month', limitUsd: 1, window: 'month' },
      { name: 'two hours', limitUsd: 1, window: { ms: 2 * HOUR_MS } },
    );
    budgets.charge('openai', 'gpt-4o', 1);

    clock.nowMs += HOUR_MS - 1;
    expect(spent(budgets)).toEqual({ hour: 1, day: 1, week: 1, month: 1, 'two hours': 1 });
    clock.nowMs += 1;
    expect(spent(budgets)).toEqual({ hour: 0, day: 1, week: 1, month: 1, 'two hours': 1 });
    clock.nowMs = Date.parse('2026-11-17T00:00:00Z');
    expect(spent(budgets)).toEqual({ hour: 0, day: 0, week: 1, month: 1, 'two hours': 0 });
    clock.nowMs = Date.parse('2026-11-23T00:00:00Z');
    expect(spent(budgets)).toEqual({ hour: 0, day: 0, week: 0, month: 1, 'two hours': 0 });
    clock.nowMs = Date.parse('2026-12-01T00:00:00Z');
    expect(spent(budgets)).toEqual({ hour: 0, day: 0, week: 0, month: 0, 'two hours': 0 });
  });

  it('returns to a window, with what was spent in it, when the clock is set on or back', () => {
    const { budgets, clock } = setUp({ name: 'hour', limitUsd: 1, window: 'hour' });
    budgets.charge('openai', 'gpt-4o', 1);

    clock.nowMs -= 5 * HOUR_MS;
    expect(spent(budgets)).toEqual({ hour: 0 });
    budgets.charge('openai', 'gpt-4o', 2);
    clock.nowMs += 5 * HOUR_MS;
    expect(spent(budgets)).toEqual({ hour: 1 });
    clock.nowMs -= 5 * HOUR_MS;
    expect(spent(budgets)).toEqual({ hour: 2 });
  });

  it('remembers the three windows that the clock left last', () => {
    const { budgets, clock } = setUp({ name: 'hour', limitUsd: 1, window: 'hour' });
    for (let hour = 0; hour < 5; hour++) {
      budgets.charge('openai', 'gpt-4o', hour + 1);
      clock.nowMs += HOUR_MS;
    }
    const back = [1, 2, 3, 4, 5].map((hours) => {
      clock.nowMs = MONDAY_MS + (5 - hours) * HOUR_MS;
      return spent(budgets)['hour'];
    });
    expect(back).toEqual([5, 4, 3, 2, 0]);
  });

  it('is exceeded once its limit is reached, until the next window', () => {
    const { budgets, clock } = setUp({ name: 'team', limitUsd: 1, window: 'hour' });

    budgets.charge('openai', 'gpt-4o', 0.75);
    expect(budgets.isExceeded('team')).toBe(false);
    budgets.charge('openai', 'gpt-4o', 0.25);
    expect(budgets.isExceeded('team')).toBe(true);
    clock.nowMs += HOUR_MS;
    expect(budgets.isExceeded('team')).toBe(false);
    expect(budgets.isExceeded('nobody')).toBe(false);
  });

  describe('with thresholds', () => {
    it('calls once for each in each window, in their order', () => {
      const events: BudgetEvent[] = [];
      const onThreshold = (event: BudgetEvent) => events.push(event);
      const { budgets, clock } = setUp({ name: 'team', limitUsd: 10, window: 'hour', onThreshold });
      const passed = () => events.splice(0).map(({ threshold, spentUsd }) => [threshold, spentUsd]);

      budgets.charge('openai', 'gpt-4o', 4.9);
      expect(passed()).toEqual([]);
      budgets.charge('openai', 'gpt-4o', 0.1);
      expect(passed()).toEqual([[0.5, 5]]);
      budgets.charge('openai', 'gpt-4o', 6);
      expect(passed()).toEqual([
        [0.8, 11],
        [1, 11],
      ]);
      budgets.charge('openai', 'gpt-4o', 50);
      expect(passed()).toEqual([]);

      clock.nowMs += HOUR_MS;
      budgets.charge('openai', 'gpt-4o', 5);
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

    it('does not call again for a callback that spends', () => {
      const thresholds: number[] = [];
      const { budgets } = setUp({
        name: 'team',
        limitUsd: 10,
        window: 'hour',
        onThreshold: ({ threshold }) => {
          thresholds.push(threshold);
          budgets.charge('openai', 'gpt-4o', 3);
        },
      });

      budgets.charge('openai', 'gpt-4o', 5);

      expect(thresholds).toEqual([0.5, 0.8, 1]);
      expect(spent(budgets)).toEqual({ team: 14 });
    });

    it('tells diag what a callback throws or rejects with, and charges on', async () => {
      const told: unknown[] = [];
      const quiet = () => {};
      const error = (...line: unknown[]) => told.push(line);
      diag.setLogger(
        { error, warn: quiet, info: quiet, debug: quiet, verbose: quiet },
        { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true },
      );
      const thrown = new Error('thrown');
      const rejected = new Error('rejected');
      const { budgets } = setUp({
        name: 'team',
        limitUsd: 10,
        window: 'hour',
        thresholds: [0.5, 1],
        onThreshold: ({ threshold }) => {
          if (threshold === 0.5) throw thrown;
          return Promise.reject(rejected);
        },
      });

      budgets.charge('openai', 'gpt-4o', 12);
      await new Promise(setImmediate);
      diag.disable();

      const line = 'onThreshold of budget "team" failed';
      expect(told).toEqual([
        ['llm-edge-monitoring', line, thrown],
        ['llm-edge-monitoring', line, rejected],
      ]);
      expect(spent(budgets)).toEqual({ team: 12 });
    });
  });
});
