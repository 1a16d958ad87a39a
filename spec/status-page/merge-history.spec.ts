import { statusFixture } from '../support/status-fixture.js';
import { isContinuation, mergeHistory } from '../support/status-page.js';

type Values = readonly (number | null)[];
type Status = ReturnType<typeof statusFixture>;

/** A document with one chart. */
function status(times: readonly number[], lines: Readonly<Record<string, Values>>, startedAt = 0): Status {
  const { process, ...rest } = statusFixture({ lastTime: 1000, points: 1 });
  const series = Object.entries(lines).map(([name, values]) => ({ name, tone: 'neutral' as const, values }));
  return {
    ...rest,
    process: { ...process, startedAt },
    times,
    panels: [{ kind: 'chart', id: 'requests', title: 'Requests', help: '', unit: 'per_second', series }],
  };
}

function linesOf({ panels: [panel] }: Status): Record<string, Values> {
  if (panel?.kind !== 'chart') throw new Error('no chart');
  return Object.fromEntries(panel.series.map(({ name, values }) => [name, values]));
}

describe('mergeHistory()', () => {
  it('appends later points, and takes all else from the later document', () => {
    const next = { ...status([3, 4], { a: [30, 40] }), title: 'later' };
    const merged = mergeHistory(status([1, 2], { a: [10, 20] }), next);
    expect([merged.times, linesOf(merged), merged.title]).toEqual([
      [1, 2, 3, 4],
      { a: [10, 20, 30, 40] },
      'later',
    ]);
  });

  it('changes no value where there is no later point', () => {
    const merged = mergeHistory(status([1, 2], { a: [10, 20] }), status([], { a: [] }));
    expect([merged.times, linesOf(merged)]).toEqual([[1, 2], { a: [10, 20] }]);
  });

  it('keeps the latest points', () => {
    const merged = mergeHistory(status([1, 2], { a: [10, 20] }), status([3, 4], { a: [30, 40] }), 3);
    expect([merged.times, linesOf(merged)]).toEqual([[2, 3, 4], { a: [20, 30, 40] }]);
  });

  it('keeps a series that is no longer named as long as it has a value', () => {
    const first = status([1, 2], { a: [10, 20], b: [1, null] });
    const second = mergeHistory(first, status([3], { a: [30] }), 3);
    expect(linesOf(second)).toEqual({ a: [10, 20, 30], b: [1, null, null] });
    const third = mergeHistory(second, status([4], { a: [40] }), 3);
    expect(linesOf(mergeHistory(third, status([5], { a: [50] }), 3))).toEqual({ a: [30, 40, 50] });
  });

  it('joins no points that are more than a minute apart', () => {
    const merged = mergeHistory(status([1, 2], { a: [10, 20] }), status([63], { a: [30] }));
    expect([merged.times, linesOf(merged)]).toEqual([[1, 2, 3, 63], { a: [10, 20, null, 30] }]);
    expect(mergeHistory(status([1, 2], { a: [10, 20] }), status([62], { a: [30] })).times).toEqual([
      1, 2, 62,
    ]);
  });
});

describe('isContinuation()', () => {
  const known = status([1, 2], { a: [10, 20] });

  it.each([
    ['later points', status([3], { a: [30] }), true],
    ['no later point', status([], { a: [] }), true],
    ['fewer series', status([3], {}), true],
    ['another start of the process', status([3], { a: [30] }, 5), false],
    ['points of a clock that was set back', status([0.5, 1.5], { a: [1, 2] }), false],
    ['a series that is not known', status([3], { a: [30], b: [1] }), false],
  ])('of %s is %p', (_, next, expected) => {
    expect(isContinuation(known, next)).toBe(expected);
  });
});
