/** Everything that jest fakes beside the date: timers go on, only `Date` is set. */
const TIMERS = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const;

/** Sets the clock that `Date` reads, and leaves all timers alone; `jest.useRealTimers()` gives it back. */
export function setWallClock(at: string | number): void {
  jest.useFakeTimers({ doNotFake: [...TIMERS], now: new Date(at).getTime() });
}
