import { classifyResponse } from './classify-error.js';
import { methodOf } from './define.js';
import { onSettled } from './on-settled.js';
import { type Followed, StreamEnd } from './stream-end.js';
import { isStream, tapStream } from './tap-stream.js';

interface ResponseLike {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body?: unknown;
}

/** Bodies that are read event by event; of any other the answer is complete with its headers, for all we can tell. */
const EVENT_STREAM = /^(?:text\/event-stream|application\/(?:x-ndjson|jsonl|vnd\.amazon\.eventstream))\b/i;

/**
 * Ends a request or operation when its result does: a value at once, a promise when it settles, a stream when it
 * has been read, abandoned or broken. A `Response` ends with its headers, unless its body is an event stream; one
 * that is not `ok` is a failure.
 *
 * @returns the same result.
 */
export function follow<T>(result: T, followed: Followed): T {
  try {
    const isPromise = onSettled(
      result,
      (value) => {
        followSafely(value, followed);
      },
      (error) => followed.fail(error),
    );
    if (isPromise) return result;
  } catch {
    // A `then` that throws when it is looked at: there is nothing to wait for.
  }
  return followSafely(result, followed);
}

function followSafely<T>(value: T, followed: Followed): T {
  try {
    return followValue(value, followed);
  } catch {
    // A result whose getters throw. The call has returned, and that is all that can be said of it.
    followed.end();
    return value;
  }
}

function followValue<T>(value: T, followed: Followed): T {
  if (typeof value !== 'object' || value === null) {
    followed.end();
    return value;
  }
  if (isResponse(value) && !value.ok) {
    followed.fail(undefined, classifyResponse(value.status));
    return value;
  }
  const stream = streamIn(value);
  if (stream === undefined) {
    followed.end();
    return value;
  }
  followed.touch?.();
  const tapped = tapStream(stream, new StreamEnd(followed));
  return stream === value ? (tapped as T) : value;
}

function streamIn(value: unknown): object | undefined {
  if (isStream(value)) return value;
  if (isResponse(value)) {
    const isEvents = EVENT_STREAM.test(value.headers.get('content-type') ?? '');
    return isEvents && isStream(value.body) ? value.body : undefined;
  }
  // What `withResponse()` of the SDKs resolves with.
  const { data, response } = (value ?? {}) as { readonly data?: unknown; readonly response?: unknown };
  return isStream(data) && isResponse(response) ? data : undefined;
}

function isResponse(value: unknown): value is ResponseLike {
  if (typeof value !== 'object' || value === null) return false;
  const { ok, status, headers } = value as Partial<ResponseLike>;
  return (
    typeof ok === 'boolean' &&
    typeof status === 'number' &&
    typeof headers === 'object' &&
    headers !== null &&
    methodOf(headers, 'get') !== undefined
  );
}
