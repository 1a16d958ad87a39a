import type { ErrorType } from '../catalogue/error-types.js';
import { classifyError } from '../errors/classify-error.js';
import type { Init } from './fetch-input.js';

/**
 * Says how the caller of a call stopped it; `undefined` if it did not.
 *
 * @param isAnswered - whether the answer had begun.
 */
export type AbortType = (isAnswered: boolean) => ErrorType | undefined;

/** SDKs that keep a time limit by aborting the signal of their call, with no reason, and how they are known. */
interface TimingSdk {
  /** Whether one of them in this process made the call. */
  readonly isSender: (headers: Headers) => boolean;
  /** Says the limit, in seconds; of some only where it was given for this call. */
  readonly limitHeader: string;
  /** How much shorter than said the limit may be, because it was rounded up. */
  readonly roundedUpMs: number;
  /** Whether it ends with the answer's headers; the user is given the signal's controller then. */
  readonly endsWithHeaders: boolean;
}

const TIMING_SDKS: readonly TimingSdk[] = [
  {
    // What Stainless generates: the SDKs of OpenAI, Anthropic, Groq and many others. A gateway may hand such headers
    // on, but those of its callers seldom name its own runtime.
    isSender(headers) {
      const { version, versions } = process;
      const runtime = headers.get('x-stainless-runtime-version') ?? '';
      return [version, versions['deno'], versions['bun']].includes(runtime);
    },
    limitHeader: 'x-stainless-timeout',
    roundedUpMs: 0,
    endsWithHeaders: true,
  },
  {
    // Google's.
    isSender: (headers) => headers.has('x-server-timeout'),
    limitHeader: 'x-server-timeout',
    roundedUpMs: 1_000,
    endsWithHeaders: false,
  },
];

/** An SDK sets its timer some time before its call comes by here. */
const TIMER_LEAD_MS = 100;

/** What stands in a stack where a timer calls, and where an event of a signal is handed on, in Node.js and in Deno. */
const TIMER_FRAME = /node:internal\/timers|ext:deno_web\/02_timers/;
const EVENT_FRAME = /node:internal\/event_target|ext:deno_web\/02_event/;

/**
 * Reads why a signal was aborted, once a call has failed.
 *
 * A `timeout` is what says that it is one, such as the reason of `AbortSignal.timeout()`. Some SDKs stop a call that
 * takes too long without a reason, by the same signal as one that their user gave up: there it is a `timeout` if the
 * abort came from a timer and not from another signal, which is how they hand on a user's abort, and no sooner than
 * the limit that they say in a header. All else was cancelled, also within a timer: a hedged request that lost, a
 * debounce.
 *
 * The stack of the reason tells a timer from a signal by the runtime's own frames, which no bundler renames. Where
 * there is none (`Error.stackTraceLimit = 0`), the limit alone decides, and one that is not said, or is less than a
 * second, is not told from a user.
 *
 * @param signal - of the call. It is referred to weakly: a signal may outlive many calls.
 * @param headers - of the call.
 */
export function createAbortType(
  signal: AbortSignal | null | undefined,
  headers: NonNullable<Init>['headers'],
): AbortType {
  if (typeof signal !== 'object' || signal === null) return () => undefined;
  const reference = new WeakRef(signal);
  const startMs = performance.now();
  return (isAnswered) => {
    try {
      const { aborted, reason } = reference.deref() ?? {};
      if (aborted !== true) return undefined;
      const isTimeout =
        classifyError(reason) === 'timeout' ||
        isOwnLimit(reason, performance.now() - startMs + TIMER_LEAD_MS, limitsIn(headers, isAnswered));
      return isTimeout ? 'timeout' : 'client_cancelled';
    } catch {
      // A signal or a reason whose getters throw says nothing: the error of the call must do.
      return undefined;
    }
  };
}

/** The shortest times that the limits in force may have, in milliseconds; 0 where it is not said. */
function limitsIn(headers: NonNullable<Init>['headers'], isAnswered: boolean): readonly number[] {
  try {
    const sent = new Headers(headers);
    return TIMING_SDKS.filter((sdk) => !(isAnswered && sdk.endsWithHeaders) && sdk.isSender(sent)).map(
      ({ limitHeader, roundedUpMs }) => Math.max(Number(sent.get(limitHeader)) * 1_000 - roundedUpMs, 0) || 0,
    );
  } catch {
    // Headers that are none: the call has failed of them, and no SDK made it.
    return [];
  }
}

function isOwnLimit(reason: unknown, elapsedMs: number, limitsMs: readonly number[]): boolean {
  const passedMs = limitsMs.filter((limitMs) => limitMs <= elapsedMs);
  if (passedMs.length === 0) return false;
  const isFromTimer = fromTimer(reason);
  return isFromTimer ?? passedMs.some((limitMs) => limitMs > 0);
}

/** Whether a timer aborted, and no other signal between; `undefined` where the stack does not tell. */
function fromTimer(reason: unknown): boolean | undefined {
  if (typeof reason !== 'object' || reason === null) return undefined;
  const { stack } = reason as { readonly stack?: unknown };
  if (typeof stack !== 'string') return undefined;
  const timerAt = stack.search(TIMER_FRAME);
  const eventAt = stack.search(EVENT_FRAME);
  if (timerAt === -1 && eventAt === -1) return undefined;
  return timerAt !== -1 && (eventAt === -1 || timerAt < eventAt);
}
