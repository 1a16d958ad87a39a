import type * as PriceList from '../../lib/cost/price-list.js';

/** A fresh copy of the module over a library that does as told, and what diag heard of it. */
function withLibrary(loadPrices: () => unknown) {
  const errors: unknown[][] = [];
  let findListPrice: typeof PriceList.findListPrice | undefined;
  jest.isolateModules(() => {
    jest.doMock('../../lib/lazy.cjs', () => ({ loadPrices }));
    jest.doMock('../../lib/logger.js', () => ({
      logger: () => ({ error: (...line: unknown[]) => errors.push(line) }),
    }));
    ({ findListPrice } = jest.requireActual<typeof PriceList>('../../lib/cost/price-list.js'));
  });
  if (findListPrice === undefined) throw new Error('no module');
  return { findListPrice, errors };
}

describe('findListPrice()', () => {
  it('loads the list once, with the first model', () => {
    const model = { id: 'm', prices: { input_mtok: 1 } };
    const loadPrices = jest.fn(() => ({
      calcPrice: (_: object, name: string) => (name === 'm' ? { provider: { id: 'p' }, model } : null),
    }));
    const { findListPrice } = withLibrary(loadPrices);
    expect(loadPrices).not.toHaveBeenCalled();

    expect(findListPrice('p', ['other', 'm'])).toMatchObject({ provider: 'p', model: 'm' });
    expect(findListPrice('p', ['other'])).toBeUndefined();
    expect(loadPrices).toHaveBeenCalledTimes(1);
  });

  it('finds nothing without the library, and tells diag once', () => {
    const missing = new Error('Cannot find module');
    const { findListPrice, errors } = withLibrary(() => {
      throw missing;
    });

    expect([findListPrice('openai', ['gpt-4o']), findListPrice('openai', ['o3'])]).toEqual([
      undefined,
      undefined,
    ]);
    expect(errors).toEqual([['no price list, only overrides price requests', missing]]);
  });

  it('finds nothing where the library throws, and asks on for other models', () => {
    const model = { id: 'good', prices: { input_mtok: 1 } };
    const { findListPrice, errors } = withLibrary(() => ({
      calcPrice: (_: object, name: string) => {
        if (name === 'bad') throw new Error('Missing ancestor price key');
        return { provider: { id: 'p' }, model };
      },
    }));

    expect(findListPrice('p', ['bad'])).toBeUndefined();
    expect(findListPrice('p', ['bad', 'good'])).toMatchObject({ model: 'good' });
    expect(errors).toEqual([]);
  });
});
