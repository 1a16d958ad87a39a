/**
 * Calls back once after a delay.
 *
 * @returns a function that cancels the call
 */
export type SetTimer = (callback: () => void, delayMillis: number) => () => void;

/** A timer that does not keep the process alive. */
export const setUnrefTimer: SetTimer = (callback, delayMillis) => {
  const timer = setTimeout(callback, delayMillis);
  timer.unref();
  return () => clearTimeout(timer);
};
