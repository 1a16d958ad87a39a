import { isCount } from '../metrics/amounts.js';
import type { RateLimit, RequestRecorder } from '../metrics/recorder.js';

/** The part of `Headers` that is needed. */
export interface HeadersLike {
  get(name: string): string | null;
}

interface HeaderRow {
  readonly kind: 'requests' | 'tokens';
  readonly limit: string;
  readonly remaining: string;
  readonly reset?: string;
  /** The window, where no header tells when it is over. */
  readonly windowMs?: number;
}

const KINDS = ['requests', 'tokens'] as const;
const MINUTE_MS = 60_000;

/** Header names; of each kind the first row that is present counts. */
const HEADERS: readonly HeaderRow[] = [
  // OpenAI, Azure, Groq, xAI, Fireworks and others: `6m0s`, `7.66s`, `20ms`.
  ...KINDS.map((kind) => ({
    kind,
    limit: `x-ratelimit-limit-${kind}`,
    remaining: `x-ratelimit-remaining-${kind}`,
    reset: `x-ratelimit-reset-${kind}`,
  })),
  // Anthropic: RFC 3339. `tokens` is whichever of input and output is nearest to its limit.
  ...KINDS.map((kind) => ({
    kind,
    limit: `anthropic-ratelimit-${kind}-limit`,
    remaining: `anthropic-ratelimit-${kind}-remaining`,
    reset: `anthropic-ratelimit-${kind}-reset`,
  })),
  // Mistral.
  {
    kind: 'requests',
    limit: 'x-ratelimit-limit-req-minute',
    remaining: 'x-ratelimit-remaining-req-minute',
    windowMs: MINUTE_MS,
  },
  {
    kind: 'tokens',
    limit: 'x-ratelimit-limit-tokens-minute',
    remaining: 'x-ratelimit-remaining-tokens-minute',
    windowMs: MINUTE_MS,
  },
  // Together, in seconds; OpenRouter, as a point in time.
  {
    kind: 'requests',
    limit: 'x-ratelimit-limit',
    remaining: 'x-ratelimit-remaining',
    reset: 'x-ratelimit-reset',
  },
  {
    kind: 'tokens',
    limit: 'x-tokenlimit-limit',
    remaining: 'x-tokenlimit-remaining',
    reset: 'x-ratelimit-reset',
  },
];

const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/;
const DURATION_PART = /(\d+(?:\.\d+)?)(ms|[smhd])/g;
const UNIT_MS = { ms: 1, s: 1_000, m: MINUTE_MS, h: 3_600_000, d: 86_400_000 } as const;

/** Larger numbers are points in time: seconds, or milliseconds, since 1970. */
const EPOCH_SECONDS_MIN = 1e9;
const EPOCH_MS_MIN = 1e12;
const TOO_MANY_REQUESTS = 429;

/**
 * Records what an answer says about the limits of its model, and nothing that it does not say: a 429 alone names
 * neither the limit that was reached nor what is left of it.
 *
 * @param epochMs - the time of day, for headers that name a point in time.
 */
export function recordRateLimits(
  recorder: RequestRecorder,
  provider: string,
  model: string,
  headers: HeadersLike,
  status: number,
  epochMs: number = Date.now(),
): void {
  const retryAfterMs = status === TOO_MANY_REQUESTS ? readRetryAfter(headers, epochMs) : undefined;
  const seen = new Set<string>();
  for (const row of HEADERS) {
    if (seen.has(row.kind)) continue;
    const values = readRow(row, headers, epochMs);
    if (values === undefined) continue;
    seen.add(row.kind);
    const resetMs = values.resetMs ?? retryAfterMs;
    recorder.recordRateLimit(provider, model, row.kind, { ...values, resetMs });
  }
}

/**
 * Time until a point that a header names: `20ms`, `1h30m`, seconds, seconds or milliseconds since 1970, a date.
 *
 * @returns milliseconds; `undefined` when the value is none of these.
 */
export function readReset(value: string | null, epochMs: number): number | undefined {
  if (value === null) return undefined;
  const number = readNumber(value);
  if (number !== undefined) {
    if (number < EPOCH_SECONDS_MIN) return number * 1_000;
    return Math.max(0, (number < EPOCH_MS_MIN ? number * 1_000 : number) - epochMs);
  }
  if (DURATION.test(value)) return readDuration(value);
  const timeMs = Date.parse(value);
  return Number.isNaN(timeMs) ? undefined : Math.max(0, timeMs - epochMs);
}

function readRow(row: HeaderRow, headers: HeadersLike, epochMs: number): RateLimit | undefined {
  const remaining = readCount(headers.get(row.remaining));
  const limit = readCount(headers.get(row.limit));
  if (remaining === undefined && limit === undefined) return undefined;
  const reset = row.reset === undefined ? null : headers.get(row.reset);
  return { remaining, limit, resetMs: readReset(reset, epochMs) ?? row.windowMs };
}

function readRetryAfter(headers: HeadersLike, epochMs: number): number | undefined {
  return readNumber(headers.get('retry-after-ms')) ?? readReset(headers.get('retry-after'), epochMs);
}

function readDuration(value: string): number {
  let totalMs = 0;
  for (const [, count, unit] of value.matchAll(DURATION_PART)) {
    totalMs += Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  }
  return totalMs;
}

/** A larger number is how some say that there is no limit. */
function readCount(value: string | null): number | undefined {
  const count = readNumber(value);
  return isCount(count) ? count : undefined;
}

/** The number that a header says; `undefined` for none, an empty one and one that is negative. */
export function readNumber(value: string | null): number | undefined {
  if (value === null || value.trim() === '') return undefined;
  const number = Number(value);
  return number >= 0 && number < Number.POSITIVE_INFINITY ? number : undefined;
}
