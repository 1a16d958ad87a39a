import { median, medianInterval, pairedRatios } from '../../bench/statistics.js';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** The probability that a fair coin shows heads fewer than `k` times in `count` throws. */
function fewerHeads(count: number, k: number): number {
  let probability = 0.5 ** count;
  let sum = 0;
  for (let heads = 0; heads < k; heads += 1) {
    sum += probability;
    probability *= (count - heads) / (heads + 1);
  }
  return sum;
}

describe('median()', () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[7], 7],
    [[], Number.NaN],
  ])('of %j is %d', (samples, expected) => {
    expect(median(samples)).toBe(expected);
  });
});

describe('medianInterval()', () => {
  // The ranks that tables of the sign test give for 95 %.
  it.each([
    [6, [1, 6]],
    [8, [1, 8]],
    [9, [2, 8]],
    [10, [2, 9]],
    [11, [2, 10]],
    [12, [3, 10]],
    [20, [6, 15]],
    [31, [10, 22]],
  ])('of %d samples lies between the ranks %j', (count, ranks) => {
    expect(medianInterval(upTo(count).reverse())).toEqual(ranks);
  });

  it.each([0, 1, 5])('does not exist for %d samples', (count) => {
    expect(medianInterval(upTo(count))).toBeUndefined();
  });

  it('misses the median in at most 5 of 100 cases, and could not be narrower', () => {
    for (let count = 6; count <= 200; count += 1) {
      const [low = 0, high = 0] = medianInterval(upTo(count)) ?? [];
      expect(low + high).toBe(count + 1);
      expect(2 * fewerHeads(count, low)).toBeLessThanOrEqual(0.05);
      expect(2 * fewerHeads(count, low + 1)).toBeGreaterThan(0.05);
    }
  });
});

describe('pairedRatios()', () => {
  it('divides each sample by its pair', () => {
    expect(pairedRatios([1, 4, 5], [2, 2])).toEqual([0.5, 2, Number.NaN]);
  });
});
