import fc from 'fast-check';
import { referenceSum } from '../support/exact-reference.js';
import { addExactly, ExactSums, type KeptSum, plus, roundSum } from '../support/worker-group.js';

/** Doubles far from the largest one, so that no sum on the way is infinite; of one size as often as of many. */
const amount = fc.oneof(
  fc.double({ min: -1e300, max: 1e300, noNaN: true }),
  fc.double({ min: 0, max: 1000, noNaN: true }),
  fc.integer({ min: -1000, max: 1000 }).map((value) => value / 10),
  // Halves of the last place, where rounding to even decides.
  fc.integer({ min: 0, max: 60 }).map((exponent) => 2 ** exponent),
  fc.integer({ min: 0, max: 60 }).map((exponent) => -(2 ** -exponent)),
);
const amounts = fc.array(amount, { maxLength: 40 });

function sumOf(values: readonly number[]): number {
  const sums = new ExactSums(1);
  for (const value of values) sums.add(0, value);
  return sums.get(0);
}

describe('an exact sum', () => {
  it('is the sum of its doubles, rounded once', () => {
    fc.assert(fc.property(amounts, (values) => Object.is(sumOf(values) + 0, referenceSum(values) + 0)));
  });

  it('is the same in any order, and in any grouping of the workers', () => {
    const shuffled = amounts.chain((values) =>
      fc.tuple(fc.constant(values), fc.shuffledSubarray(values, { minLength: values.length }), fc.nat(40)),
    );
    fc.assert(
      fc.property(shuffled, ([values, other, cut]) => {
        const dead = other.slice(0, cut).reduce<KeptSum>(plus, 0);
        const sums = new ExactSums(1);
        for (const value of other.slice(cut)) sums.add(0, value);
        sums.addSum(0, JSON.parse(JSON.stringify(dead)));
        return Object.is(sums.get(0) + 0, sumOf(values) + 0);
      }),
    );
  });

  it.each([
    { values: [0.1, 0.2, 0.3], sum: 0.6 },
    { values: [1e100, 1, -1e100], sum: 1 },
    { values: [1, 2 ** -53, 2 ** -106], sum: 1 + 2 ** -52 },
    { values: [1, 2 ** -53, -(2 ** -106)], sum: 1 },
    { values: [2 ** 53, 1, 1], sum: 2 ** 53 + 2 },
    { values: [], sum: 0 },
  ])('of $values is $sum', ({ values, sum }) => {
    expect(sumOf(values)).toBe(sum);
  });

  it('never falls while what is added up only grows', () => {
    const growing = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(growing, (values) => {
        const sums = new ExactSums(1);
        let last = 0;
        for (const value of values) {
          sums.add(0, value);
          if (sums.get(0) < last) return false;
          last = sums.get(0);
        }
        return true;
      }),
    );
  });

  it.each([
    { values: [1, Number.POSITIVE_INFINITY, 0.1], sum: Number.POSITIVE_INFINITY },
    { values: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], sum: Number.NaN },
    { values: [0.1, Number.NaN, 1], sum: Number.NaN },
    { values: [Number.MAX_VALUE, Number.MAX_VALUE, 1], sum: Number.POSITIVE_INFINITY },
  ])('of $values, which are not finite together, is $sum', ({ values, sum }) => {
    const exact: number[] = [];
    for (const value of values) addExactly(exact, value);
    expect([sumOf(values), roundSum(exact)]).toEqual([sum, sum]);
  });

  it('is kept as one double where that holds it, and apart from the sums of other indices', () => {
    const sums = new ExactSums(2);
    sums.add(0, 0.1);
    sums.add(0, 0.2);
    sums.add(1, 7);
    expect([sums.get(0), sums.get(1), plus(3, 4), plus(plus(0.1, 0.2), 0)]).toEqual([
      0.1 + 0.2,
      7,
      7,
      expect.arrayContaining([0.1 + 0.2]),
    ]);
  });
});
