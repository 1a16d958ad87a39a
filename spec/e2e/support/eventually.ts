/** Time between two looks, in milliseconds. */
const LOOK_EVERY_MS = 50;

/** What to wait for, and how long at most. */
export interface Patience {
  /** Names what is waited for in the error. */
  readonly what: string;
  /** @defaultValue 20000 */
  readonly deadlineMs?: number;
}

/**
 * Looks again and again until `look` returns something other than `undefined`, and returns that.
 *
 * A look that throws counts as not yet; the last error becomes the cause when the deadline passes.
 */
export async function eventually<T>(
  look: () => T | undefined | Promise<T | undefined>,
  { what, deadlineMs = 20_000 }: Patience,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  let cause: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined) return found;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > end) {
      throw new Error(`Waited ${deadlineMs} ms in vain for ${what}.`, { cause });
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
