import { compileRates } from '../../lib/cost/compiled-price.js';
import { type DatedPrice, priceAtTime, readConstraint } from '../../lib/cost/dated-price.js';

const always = compileRates({ input: 1 });
const dated = compileRates({ input: 2 });

function during(constraint: object): readonly DatedPrice[] {
  return [
    { price: always, when: undefined },
    { price: dated, when: readConstraint(constraint) },
  ];
}

describe('priceAtTime()', () => {
  describe('with a date of start', () => {
    const prices = during({ type: 'start_date', start_date: '2026-03-13' });

    it.each([
      ['2026-03-12T23:59:59.999Z', always],
      ['2026-03-13T00:00:00.000Z', dated],
      ['2027-01-01T00:00:00.000Z', dated],
    ])('prices %s', (at, price) => {
      expect(priceAtTime(prices, Date.parse(at))).toBe(price);
    });
  });

  describe.each([
    ['in UTC', { start_time: '22:30:00Z', end_time: '02:00:00Z' }],
    ['with an offset', { start_time: '00:30:00+02:00', end_time: '20:30:00-05:30' }],
  ])('with hours across midnight, %s', (_, times) => {
    const prices = during({ type: 'time_of_date', ...times });

    it.each([
      ['2026-11-16T22:29:59.999Z', always],
      ['2026-11-16T22:30:00.000Z', dated],
      ['2026-11-17T00:00:00.000Z', dated],
      ['2026-11-17T01:59:59.999Z', dated],
      ['2026-11-17T02:00:00.000Z', always],
      ['1969-12-31T23:00:00.000Z', dated],
    ])('prices %s', (at, price) => {
      expect(priceAtTime(prices, Date.parse(at))).toBe(price);
    });
  });

  it('takes the first price when none holds', () => {
    const later = { price: dated, when: { fromMs: 10 } };
    const latest = { price: always, when: { fromMs: 20 } };

    expect(priceAtTime([later, latest], 5)).toBe(dated);
    expect(priceAtTime([], 5)).toBeUndefined();
  });
});

describe('readConstraint()', () => {
  it.each([
    [{ start_date: 'soon' }],
    [{ start_time: '25 past', end_time: '02:00:00Z' }],
    [{ start_time: '01:00:00Z' }],
    [{ weekday: 'monday' }],
    [{}],
  ])('understands nothing of %j', (constraint) => {
    expect(readConstraint(constraint)).toBeUndefined();
  });
});
