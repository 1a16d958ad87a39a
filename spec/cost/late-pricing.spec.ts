import { createLatePricing } from '../../lib/cost/late-pricing.js';
import { createPricing } from '../../lib/cost/pricing.js';
import { resolvePricing } from '../../lib/cost/pricing-options.js';
import type * as Lazy from '../../lib/lazy.cjs';

const { config } = resolvePricing({ overrides: { acme: { small: { input: 2, output: 4 } } } });
const USAGE = { inputTokens: 1_000_000, outputTokens: 500_000 };

describe('createLatePricing()', () => {
  it('prices as the pricing does that it stands for, and tells its hooks', () => {
    const [late, plain] = [createLatePricing, createPricing].map((create) => {
      const problems: unknown[] = [];
      const { calculateCost } = create(config, { onProblem: (...problem) => problems.push(problem) });
      return [calculateCost('acme', 'small', USAGE), calculateCost('acme', '', USAGE), problems];
    });
    expect(late).toEqual(plain);
    expect(late).toEqual([expect.objectContaining({ totalUsd: 4 }), undefined, [expect.any(Array)]]);
  });

  it('knows no cost, and tells its hooks, where its code is gone', () => {
    jest
      .spyOn(jest.requireActual<typeof Lazy>('../../lib/lazy.cjs'), 'loadCosting')
      .mockImplementation(() => {
        throw new Error('no such file');
      });
    const onProblem = jest.fn();
    expect(createLatePricing(config, { onProblem }).calculateCost('acme', 'small', USAGE)).toBeUndefined();
    expect(onProblem.mock.calls).toEqual([['internal_error', 'calculateCost']]);
  });

  it('loads the code with the first price, and makes one pricing', () => {
    const loadCosting = jest.spyOn(jest.requireActual<typeof Lazy>('../../lib/lazy.cjs'), 'loadCosting');
    const { calculateCost } = createLatePricing(config);
    expect(loadCosting).not.toHaveBeenCalled();

    calculateCost('acme', 'small', USAGE);
    calculateCost('acme', 'small', USAGE);
    expect(loadCosting).toHaveBeenCalledTimes(1);
  });
});
