import type * as Package from '../../lib/index.js';
import { calculateCost, isBudgetExceeded, recordCost } from '../../lib/index.js';
import { startTestMonitoring } from '../../lib/testing.js';

const USAGE = { inputTokens: 1000, outputTokens: 100 };

/** A second copy of the package in the same process, as ESM beside CommonJS is. */
function otherCopy(): typeof Package {
  let copy: typeof Package | undefined;
  jest.isolateModules(() => {
    copy = jest.requireActual('../../lib/index.js');
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

  it('uses the pricing in force, in every copy of the package', async () => {
    const overrides = { openai: { 'gpt-4o': { input: 1, output: 1 } } };
    const test = await startTestMonitoring({ pricing: { overrides } });

    expect(calculateCost('openai', 'gpt-4o', USAGE)?.totalUsd).toBeCloseTo(0.0011, 12);
    expect(otherCopy().calculateCost('openai', 'gpt-4o', USAGE)?.source).toBe('override');
    await test.shutdown();
  });
});

describe('isBudgetExceeded()', () => {
  it('is false before anything is set up', () => {
    expect(isBudgetExceeded('team')).toBe(false);
  });

  it('reads the budgets in force, in every copy of the package', async () => {
    const test = await startTestMonitoring({ budgets: [{ name: 'team', limitUsd: 1, window: 'month' }] });
    recordCost('openai', 'gpt-4o', 1);

    expect([isBudgetExceeded('team'), otherCopy().isBudgetExceeded('team')]).toEqual([true, true]);
    await test.shutdown();
  });
});
