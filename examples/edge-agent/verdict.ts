/** What to do after a request failed: try again where it was, go to the next provider, or tell the caller. */
export type NextStep = 'retry' | 'move_on' | 'give_up';

/** What a failure says about the provider. */
export type Health = 'failed' | 'paused' | 'alive' | 'unknown';

/** What a failed request means. */
export interface Verdict {
  readonly next: NextStep;
  readonly health: Health;
  /** How long the provider wants to be left alone, where it said so. */
  readonly pauseMs: number;
}

const PAUSE_DEFAULT_MS = 1000;

/** Judges what a client threw. */
export function judge(error: unknown, isCallerGone: boolean): Verdict {
  const { status, headers } = error as { status?: number; headers?: Headers };
  const verdict = (next: NextStep, health: Health): Verdict => ({ next, health, pauseMs: 0 });
  if (isCallerGone) return verdict('give_up', 'unknown');
  if (status === 429) return { next: 'move_on', health: 'paused', pauseMs: retryAfterMs(headers) };
  // One internal error may be bad luck; a provider that is overloaded or away will not be back in no time.
  if (status === 500) return verdict('retry', 'failed');
  if (status === undefined || status > 500) return verdict('move_on', 'failed');
  return verdict('give_up', 'alive');
}

function retryAfterMs(headers: Headers | undefined): number {
  const seconds = Number(headers?.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : PAUSE_DEFAULT_MS;
}
