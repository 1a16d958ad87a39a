import { isCount } from '../metrics/amounts.js';
import type { RateLimit, RequestRecorder } from '../metrics/recorder.js';
import type { HeadersLike } from './request.js';
import type { Target } from './target.js';

interface HeaderRow {
  readonly limited: 'requests' | 'tokens';
  readonly limit: string;
  readonly remaining: string;
  readonly reset?: string;
  /** Length of the window, for providers without a reset header. */
  readonly windowMs?: number;
}

const LIMITED = ['requests', 'tokens'] as const;
const MINUTE_MS = 60_000;

/** OpenAI, Azure, Groq, xAI, Fireworks and others: `6m0s`, `7.66s`, `20ms`. */
const OPENAI_HEADERS: readonly HeaderRow[] = LIMITED.map((limited) => ({
  limited,
  limit: `x-ratelimit-limit-${limited}`,
  remaining: `x-ratelimit-remaining-${limited}`,
  reset: `x-ratelimit-reset-${limited}`,
}));

/** Header names. The first row with a header in the answer is used, separately for requests and tokens. */
const HEADERS: readonly HeaderRow[] = [
  ...OPENAI_HEADERS,
  // Anthropic, in RFC 3339. `tokens` is input or output, depending on which is closer to its limit.
  ...LIMITED.map((limited) => ({
    limited,
    limit: `anthropic-ratelimit-${limited}-limit`,
    remaining: `anthropic-ratelimit-${limited}-remaining`,
    reset: `anthropic-ratelimit-${limited}-reset`,
  })),
  // Mistral.
  {
    limited: 'requests',
    limit: 'x-ratelimit-limit-req-minute',
    remaining: 'x-ratelimit-remaining-req-minute',
    windowMs: MINUTE_MS,
  },
  {
    limited: 'tokens',
    limit: 'x-ratelimit-limit-tokens-minute',
    remaining: 'x-ratelimit-remaining-tokens-minute',
    windowMs: MINUTE_MS,
  },
  // Together, in seconds; OpenRouter, as a point in time.
  {
    limited: 'requests',
    limit: 'x-ratelimit-limit',
    remaining: 'x-ratelimit-remaining',
    reset: 'x-ratelimit-reset',
  },
  {
    limited: 'tokens',
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
 * Records the rate limits that the headers of an answer report for a model. A 429 without such headers records nothing,
 * because it names neither the limit that was reached nor the remaining amount.
 *
 * @param epochMs - the current time, for headers that name a point in time.
 */
export function recordRateLimits(
  recorder: RequestRecorder,
  { provider, openAiRateLimits }: Pick<Target, 'provider' | 'openAiRateLimits'>,
  model: string,
  { status, headers }: { readonly status: number; readonly headers: HeadersLike },
  epochMs: number = Date.now(),
): void {
  const retryAfterMs = status === TOO_MANY_REQUESTS ? readRetryAfter(headers, epochMs) : undefined;
  const seen = new Set<string>();
  for (const row of openAiRateLimits ? OPENAI_HEADERS : HEADERS) {
    if (seen.has(row.limited)) continue;
    const values = readRow(row, headers, epochMs);
    if (values === undefined) continue;
    seen.add(row.limited);
    const resetMs = values.resetMs ?? retryAfterMs;
    recorder.recordRateLimit(provider, model, row.limited, { ...values, resetMs });
  }
}

/**
 * Reads the time until a reset: `20ms`, `1h30m`, seconds, seconds or milliseconds since 1970, or a date.
 *
 * @returns milliseconds; `undefined` if the value has another form.
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

/** Ignores huge numbers, which some providers report if there is no limit. */
function readCount(value: string | null): number | undefined {
  const count = readNumber(value);
  return isCount(count) ? count : undefined;
}

/** The number in a header; `undefined` if the value is absent, empty, negative or not a number. */
export function readNumber(value: string | null): number | undefined {
  if (value === null || value.trim() === '') return undefined;
  const number = Number(value);
  return number >= 0 && number < Number.POSITIVE_INFINITY ? number : undefined;
}
