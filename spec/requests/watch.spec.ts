import { PROCESS_WATCHER } from '../../lib/requests/watch.js';

describe('PROCESS_WATCHER', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it.each<[string, number | undefined, number]>([
    ['30 minutes by default', undefined, 1_800_000],
    ['what it is told', 50, 50],
    ['30 minutes for a value that is no duration', Number.NaN, 1_800_000],
    ['the longest time a timer has', 1e15, 2 ** 31 - 1],
  ])('waits %s', (_name, maxDurationMs, waitedMs) => {
    const reasons: string[] = [];
    const life = { abandon: (reason: string) => reasons.push(reason) };
    PROCESS_WATCHER.watch({}, life, maxDurationMs);
    jest.advanceTimersByTime(waitedMs - 1);
    expect(reasons).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(reasons).toEqual(['deadline']);
  });

  it('sets no timer without a deadline, and none that keeps the process alive', () => {
    const life = { abandon: () => undefined };
    expect(PROCESS_WATCHER.watch({}, life, Number.POSITIVE_INFINITY)).toBeUndefined();
    const token = PROCESS_WATCHER.watch({}, life, 10);
    expect(token?.hasRef()).toBe(false);
    PROCESS_WATCHER.stop(life, token);
    expect(jest.getTimerCount()).toBe(0);
  });
});
