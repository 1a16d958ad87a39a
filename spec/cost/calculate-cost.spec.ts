import { resolveBudgets } from '../../lib/budgets/budget-options.js';
import { createBudgets } from '../../lib/budgets/budgets.js';
import type * as CalculateCost from '../../lib/cost/calculate-cost.js';
import { calculateCost, costs, isBudgetExceeded } from '../../lib/cost/calculate-cost.js';
import { createPricing } from '../../lib/cost/pricing.js';
import { resolvePricing } from '../../lib/cost/pricing-options.js';

const USAGE = { inputTokens: 1000, outputTokens: 100 };

afterEach(() => {
  costs.pricing = undefined;
  costs.budgets = undefined;
});

/** A second copy of the package in the same process, as ESM beside CommonJS is. */
function otherCopy(): typeof CalculateCost {
  let copy: typeof CalculateCost | undefined;
  jest.isolateModules(() => {
    copy = jest.requireActual('../../lib/cost/calculate-cost.js');
  });
  if (copy === undefined) throw new Error('no copy');
  return copy;
}

describe('calculateCost()', () => {
  it('knows the published prices before anything is set up', () => {
    expect(calculateCost('openai', 'gpt-4o', USAGE)).toEqual({
      totalUsd: expect.closeTo(0.0035, 12),
      inputUsd: expect.closeTo(0.0025, 12),
      outputUsd: expect.closeTo(0.001, 12),
      source: 'list',
    });
  });

  it('uses the pricing in force, in every copy of the package', () => {
    const overrides = { openai: { 'gpt-4o': { input: 1, output: 1 } } };
    costs.pricing = createPricing(resolvePricing({ overrides }).config);

    expect(calculateCost('openai', 'gpt-4o', USAGE)?.totalUsd).toBeCloseTo(0.0011, 12);
    expect(otherCopy().calculateCost('openai', 'gpt-4o', USAGE)?.source).toBe('override');
  });
});

describe('isBudgetExceeded()', () => {
  it('is false before anything is set up', () => {
    expect(isBudgetExceeded('team')).toBe(false);
  });

  it('asks the budgets in force, in every copy of the package', () => {
    const budgets = createBudgets(resolveBudgets([{ name: 'team', limitUsd: 1, window: 'month' }]).config);
    costs.budgets = budgets;
    budgets.charge('openai', 'gpt-4o', 1);

    expect([isBudgetExceeded('team'), otherCopy().isBudgetExceeded('team')]).toEqual([true, true]);
  });
});
