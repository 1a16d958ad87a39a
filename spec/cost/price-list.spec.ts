import { captureLog } from '../support/captured-log.js';
import { createPricingOver, createTestPricing, priceLibrary } from '../support/prices.js';

const USAGE = { inputTokens: 1000, outputTokens: 100 };

afterEach(() => {
  jest.restoreAllMocks();
});

describe('the price list', () => {
  it('is loaded once, with the first model', () => {
    const calcPrice = (_: object, name: string) => {
      const prices = { input_mtok: 1, output_mtok: 1 };
      return name === 'm' ? { provider: { id: 'p' }, model: { id: 'm', prices }, model_price: prices } : null;
    };
    const load = jest.fn(() => ({ calcPrice }));
    const { calculateCost: calculate } = createPricingOver(load);
    expect(load).not.toHaveBeenCalled();

    expect(calculate('p', 'm', USAGE)?.source).toBe('list');
    expect(calculate('p', 'other', USAGE)).toBeUndefined();
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('is left out where it is missing, and the log says so once', () => {
    const { calculateCost: calculate } = createPricingOver(() => {
      throw new Error('Cannot find module');
    });
    const log = captureLog();
    expect([calculate('openai', 'gpt-4o', USAGE), calculate('openai', 'o3', USAGE)]).toEqual([
      undefined,
      undefined,
    ]);
    log.release();

    expect(log.lines.filter((line) => line.startsWith('error'))).toEqual([
      'error: no price list is available: only overrides price requests',
    ]);
  });

  it('has no price for a row that the library refuses, and is searched on for other names', () => {
    const { calculateCost: calculate } = createPricingOver(() => ({
      calcPrice: (_: object, name: string) => {
        if (name === 'models/bad') throw new Error('Missing ancestor price key');
        const prices = { input_mtok: 1, output_mtok: 1 };
        return name === 'bad'
          ? null
          : { provider: { id: 'p' }, model: { id: name, prices }, model_price: prices };
      },
    }));

    expect(calculate('p', 'bad', USAGE)).toBeUndefined();
    expect(calculate('p', 'models/bad', USAGE)).toBeUndefined();
    expect(calculate('p', 'models/good', USAGE)?.source).toBe('list');
  });

  it('is searched once for each pair of names, and again for all once there are too many', () => {
    const calcPrice = jest.spyOn(priceLibrary, 'calcPrice');
    const { calculateCost: calculate } = createTestPricing();
    const searched = (provider: string, model: string) => {
      calcPrice.mockClear();
      calculate(provider, model, USAGE);
      return calcPrice.mock.calls.length > 0;
    };

    expect([searched('openai', 'gpt-4o'), searched('openai', 'gpt-4o')]).toEqual([true, false]);
    expect([searched('azure', 'gpt-4o'), searched('azure', 'gpt-4o')]).toEqual([true, false]);
    for (let number = 2; number < 2048; number++) calculate('p', `m${number}`, USAGE);
    expect([searched('openai', 'gpt-4o'), searched('azure', 'gpt-4o')]).toEqual([false, false]);
    expect([searched('openai', 'one too many'), searched('openai', 'gpt-4o')]).toEqual([true, true]);
  });
});
