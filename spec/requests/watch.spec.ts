import { AsyncLocalStorage } from 'node:async_hooks';
import { type AbandonmentTracker, createAbandonmentTracker } from '../../lib/requests/abandoned.js';

const MINUTES_30 = 1_800_000;

describe('createAbandonmentTracker()', () => {
  let tracker: AbandonmentTracker;
  let reasons: string[];
  const life = { abandon: (reason: string) => reasons.push(reason) };

  beforeEach(() => {
    jest.useFakeTimers();
    tracker = createAbandonmentTracker();
    reasons = [];
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it.each<[string, number | undefined, number]>([
    ['30 minutes by default', undefined, MINUTES_30],
    ['what it is told', 50, 50],
    ['what it is told, if that is about as long as two rounds', 2001, 2001],
    ['30 minutes for a value that is no duration', Number.NaN, MINUTES_30],
    ['30 minutes for a time that is over', -1, MINUTES_30],
  ])('waits %s', (_name, maxDurationMs, waitedMs) => {
    jest.advanceTimersByTime(300);
    tracker.track({}, life, maxDurationMs);
    jest.advanceTimersByTime(waitedMs - 1);
    expect(reasons).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(reasons).toEqual(['deadline']);
  });

  it('waits the longest time a timer has, from when the timer is set', () => {
    tracker.track({}, life, 1e15);
    jest.advanceTimersByTime(2 ** 31 - 1);
    expect(reasons).toEqual([]);
    jest.advanceTimersByTime(2000);
    expect(reasons).toEqual(['deadline']);
  });

  it('waits for each from its own start', () => {
    tracker.track({}, life, 10_000);
    jest.advanceTimersByTime(1500);
    tracker.track({}, life, 10_000);
    jest.advanceTimersByTime(8500);
    expect(reasons).toEqual(['deadline']);
    jest.advanceTimersByTime(1499);
    expect(reasons).toEqual(['deadline']);
    jest.advanceTimersByTime(1);
    expect(reasons).toEqual(['deadline', 'deadline']);
  });

  it.each([0, 900, 1100, 2100, 10_000])('forgets what is stopped after %i ms', (stoppedAfterMs) => {
    const token = tracker.track({}, life, undefined);
    jest.advanceTimersByTime(stoppedAfterMs);
    tracker.untrack(token);
    jest.advanceTimersByTime(2 * MINUTES_30);
    expect(reasons).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('needs one timer for all, and none once they have ended', () => {
    const tokens = Array.from({ length: 100 }, () => tracker.track({}, life, undefined));
    expect(jest.getTimerCount()).toBe(1);
    for (const token of tokens) tracker.untrack(token);
    jest.advanceTimersByTime(2000);
    expect(jest.getTimerCount()).toBe(0);
    tracker.track({}, life, undefined);
    expect(jest.getTimerCount()).toBe(1);
  });

  it('sets no timer of its own for one without a deadline', () => {
    tracker.track({}, life, Number.POSITIVE_INFINITY);
    jest.advanceTimersByTime(5000);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('keeps neither the process alive nor the context of who came first', () => {
    const timers: NodeJS.Timeout[] = [];
    const contexts: unknown[] = [];
    const storage = new AsyncLocalStorage<string>();
    const set = setTimeout;
    jest.spyOn(globalThis, 'setTimeout').mockImplementation(((...args: Parameters<typeof setTimeout>) => {
      contexts.push(storage.getStore());
      const timer = set(...args);
      timers.push(timer);
      return timer;
    }) as typeof setTimeout);
    storage.run('a request', () => {
      tracker.track({}, life, undefined);
      tracker.track({}, life, 10);
    });
    jest.advanceTimersByTime(2000);
    expect(contexts).toEqual([undefined, undefined, undefined, undefined]);
    expect(timers.map((timer) => timer.hasRef())).toEqual([false, false, false, false]);
  });
});
