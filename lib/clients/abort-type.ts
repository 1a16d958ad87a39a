import type { ErrorType } from '../catalogue/error-types.js';
import type { RequestRecorder } from '../instruments/recorder.js';

/** Says whether a call failed because its caller stopped it, and how. */
export type AbortType = (error: unknown) => ErrorType | undefined;

/**
 * The SDKs that Stainless generates (OpenAI, Anthropic, Groq and others) stop a call that takes too long by the same
 * signal as one that the user gave up. This header of theirs says how long too long is, in whole seconds.
 */
const TIMEOUT_HEADER = 'x-stainless-timeout';

/** Timers fire a little early by another clock. */
const SLACK_MS = 50;
const SECOND_MS = 1_000;

/**
 * Reads why a signal was aborted, once a call has failed.
 *
 * @param signal - of the call. It is referred to weakly: a signal may outlive many calls.
 * @param timeoutSeconds - after how long the client stops the call itself, if that is known.
 */
export function createAbortType(
  recorder: RequestRecorder,
  signal: AbortSignal | null | undefined,
  timeoutSeconds?: number,
): AbortType {
  if (typeof signal !== 'object' || signal === null) return () => undefined;
  const startMs = recorder.now();
  const reference = new WeakRef(signal);
  return () => {
    const { aborted, reason } = reference.deref() ?? {};
    if (aborted !== true) return undefined;
    if (nameOf(reason) === 'TimeoutError') return 'timeout';
    const elapsedMs = recorder.now() - startMs;
    return isTimeout(elapsedMs, timeoutSeconds) ? 'timeout' : 'client_cancelled';
  };
}

/** After how many seconds the client of a call stops it, if its headers say so. */
export function readTimeoutSeconds(headers: ConstructorParameters<typeof Headers>[0]): number | undefined {
  if (headers === undefined || headers === null) return undefined;
  try {
    const seconds = Number(new Headers(headers).get(TIMEOUT_HEADER) ?? Number.NaN);
    return seconds >= 0 ? seconds : undefined;
  } catch {
    // Headers that cannot be sent: the call is about to fail of them by itself.
    return undefined;
  }
}

/** The header leaves out the fraction, so that the timer may have fired up to a second later. */
function isTimeout(elapsedMs: number, seconds: number | undefined): boolean {
  if (seconds === undefined) return false;
  const fromMs = seconds * SECOND_MS - SLACK_MS;
  return elapsedMs >= fromMs && elapsedMs <= fromMs + SECOND_MS + 2 * SLACK_MS;
}

function nameOf(reason: unknown): unknown {
  return typeof reason === 'object' && reason !== null ? (reason as { name?: unknown }).name : undefined;
}
