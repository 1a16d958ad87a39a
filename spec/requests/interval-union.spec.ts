import fc from 'fast-check';
import { type Interval, unionMs } from '../support/interval-union.js';

const bound = fc.integer({ min: -20, max: 40 });
const intervals = fc.array(fc.tuple(bound, bound) as fc.Arbitrary<Interval>, { maxLength: 12 });

describe('unionMs()', () => {
  it.each<[string, Interval[], number]>([
    ['nothing', [], 0],
    ['one', [[2, 5]], 3],
    [
      'two apart',
      [
        [6, 8],
        [1, 2],
      ],
      3,
    ],
    [
      'two that touch',
      [
        [1, 2],
        [2, 4],
      ],
      3,
    ],
    [
      'two that overlap',
      [
        [1, 5],
        [3, 7],
      ],
      6,
    ],
    [
      'one within another',
      [
        [1, 9],
        [3, 4],
      ],
      8,
    ],
    ['one that reaches over both ends', [[-5, 50]], 10],
    [
      'one outside',
      [
        [20, 30],
        [-9, -1],
      ],
      0,
    ],
    ['one that ends before it starts', [[5, 2]], 0],
  ])('measures %s', (_name, given, coveredMs) => {
    expect(unionMs(given, 0, 10)).toBe(coveredMs);
  });

  it('counts each unit of time in the window that at least one interval covers', () => {
    fc.assert(
      fc.property(intervals, (given) => {
        let covered = 0;
        for (let ms = 0; ms < 20; ms += 1)
          if (given.some(([start, end]) => start <= ms && ms < end)) covered += 1;
        expect(unionMs(given, 0, 20)).toBe(covered);
      }),
    );
  });

  it('leaves its argument as it was', () => {
    const given: Interval[] = [
      [5, 6],
      [1, 2],
    ];
    unionMs(given, 0, 10);
    expect(given).toEqual([
      [5, 6],
      [1, 2],
    ]);
  });
});
