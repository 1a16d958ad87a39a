/** Starts a timer and returns how to cancel it. */
export type SetTimer = (callback: () => void, delayMillis: number) => () => void;

/** As far as timers of Node.js reach: a longer delay would be over at once. */
const DELAY_MAX_MILLIS = 2 ** 31 - 1;

/** A timer that keeps the process alive: for work that somebody awaits. */
export const setTimer: SetTimer = (callback, delayMillis) => {
  const timer = setTimeout(callback, Math.min(delayMillis, DELAY_MAX_MILLIS));
  return () => clearTimeout(timer);
};

/** A timer that does not keep the process alive: for work that nobody awaits. */
export const setUnrefTimer: SetTimer = (callback, delayMillis) => {
  const timer = setTimeout(callback, Math.min(delayMillis, DELAY_MAX_MILLIS));
  timer.unref();
  return () => clearTimeout(timer);
};
