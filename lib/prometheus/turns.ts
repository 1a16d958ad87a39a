/** Time after which the event loop runs other callbacks. */
const TURN_MILLIS = 1;

/**
 * Runs steps, and lets the event loop run other callbacks after each millisecond of them.
 *
 * @param now - monotonic milliseconds
 * @returns what the steps return
 */
export async function runInTurns<Value>(
  steps: Generator<undefined, Value>,
  now: () => number,
): Promise<Value> {
  let turnEndsAt = now() + TURN_MILLIS;
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (now() < turnEndsAt) continue;
    await nextTurn();
    turnEndsAt = now() + TURN_MILLIS;
  }
}

/** Resolves once the event loop has run other callbacks. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
