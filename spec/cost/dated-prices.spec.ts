import type { ConditionalPrice, ModelInfo } from '@pydantic/genai-prices';
import { calculateCost } from '../../lib/index.js';
import { priceLibrary } from '../support/prices.js';

const USAGE = { inputTokens: 1_000_000, outputTokens: 0 };

type Prices = ModelInfo['prices'];
type Constraint = NonNullable<ConditionalPrice['constraint']>;

/** Each model has a name of its own: what was found for another one is kept. */
let published = 0;

/** Makes one model the whole price list, and returns what its million tokens cost at a moment. */
function publish(prices: Prices): (at: string) => number | undefined {
  const id = `m${published++}`;
  priceLibrary.updatePrices(({ setProviderData }) =>
    setProviderData([
      { id: 'p', name: 'P', api_pattern: 'none', models: [{ id, match: { equals: id }, prices }] },
    ]),
  );
  return (at) => calculateCost('p', id, USAGE, { at: new Date(at) })?.totalUsd;
}

/** A price of 1 dollar and, while the constraint holds, of 2. */
function publishDated(constraint: Constraint): (at: string) => number | undefined {
  return publish([{ prices: { input_mtok: 1 } }, { constraint, prices: { input_mtok: 2 } }]);
}

/** A model that only this fake of the library's lookup knows. */
function fakeModel(prices: unknown): string {
  const id = `m${published++}`;
  jest
    .spyOn(priceLibrary, 'calcPrice')
    .mockReturnValue({ provider: { id: 'p' }, model: { id, prices } } as never);
  return id;
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('a dated price', () => {
  it.each([
    ['2026-03-12T23:59:59.999Z', 1],
    ['2026-03-13T00:00:00.000Z', 2],
    ['2027-01-01T00:00:00.000Z', 2],
  ])('with a date of start, at %s', (at, usd) => {
    expect(publishDated({ type: 'start_date', start_date: '2026-03-13' })(at)).toBe(usd);
  });

  describe.each([
    ['in UTC', { start_time: '22:30:00Z', end_time: '02:00:00Z' }],
    ['with an offset', { start_time: '00:30:00+02:00', end_time: '20:30:00-05:30' }],
  ])('with hours across midnight, %s', (_, times) => {
    const moments = [
      ['2026-11-16T22:29:59.999Z', 1],
      ['2026-11-16T22:30:00.000Z', 2],
      ['2026-11-17T00:00:00.000Z', 2],
      ['2026-11-17T01:59:59.999Z', 2],
      ['2026-11-17T02:00:00.000Z', 1],
      ['1969-12-31T23:00:00.000Z', 2],
    ] as const;

    it.each(moments)('holds at %s as it says', (at, usd) => {
      expect(publishDated({ type: 'time_of_date', ...times })(at)).toBe(usd);
    });

    it('holds as it says in any order of the moments, though prices are kept', () => {
      const usdAt = publishDated({ type: 'time_of_date', ...times });
      const order = [...moments, ...[...moments].reverse(), ...moments];

      expect(order.map(([at]) => usdAt(at))).toEqual(order.map(([, usd]) => usd));
    });
  });

  it('is the first one while none holds yet', () => {
    const usdAt = publish([
      { constraint: { type: 'start_date', start_date: '2026-06-01' }, prices: { input_mtok: 3 } },
      { constraint: { type: 'start_date', start_date: '2026-07-01' }, prices: { input_mtok: 4 } },
    ]);

    expect(['2026-01-01', '2026-06-15', '2026-08-01'].map((at) => usdAt(at))).toEqual([3, 3, 4]);
  });

  it('is unknown at a time that a constraint of an unknown kind decides', () => {
    const prices = [
      { prices: { input_mtok: 1, output_mtok: 2 } },
      { constraint: { type: 'moon_phase', phase: 'full' }, prices: { input_mtok: 9, output_mtok: 9 } },
    ];

    expect(calculateCost('p', fakeModel(prices), USAGE)).toBeUndefined();
  });

  it.each([
    [{ start_date: 'soon' }],
    [{ start_time: '25 past', end_time: '02:00:00Z' }],
    [{ start_time: '01:00:00Z' }],
    [{}],
  ])('is unknown with the constraint %j', (constraint) => {
    const prices = [{ prices: { input_mtok: 1 } }, { constraint, prices: { input_mtok: 9 } }];

    expect(calculateCost('p', fakeModel(prices), USAGE)).toBeUndefined();
  });
});
