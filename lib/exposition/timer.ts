/** Starts a timer and returns how to cancel it. */
export type SetTimer = (callback: () => void, delayMillis: number) => () => void;

/** A timer that keeps the process alive: for work that somebody awaits. */
export const setTimer: SetTimer = (callback, delayMillis) => {
  const timer = setTimeout(callback, delayMillis);
  return () => clearTimeout(timer);
};

/** A timer that does not keep the process alive: for work that nobody awaits. */
export const setUnrefTimer: SetTimer = (callback, delayMillis) => {
  const timer = setTimeout(callback, delayMillis);
  timer.unref();
  return () => clearTimeout(timer);
};
