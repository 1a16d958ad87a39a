import { classifyResponse } from '../errors/classify-error.js';
import { methodOf } from './define.js';
import { onSettled } from './on-settled.js';
import { type Followed, StreamEnd } from './stream-end.js';
import { isStream, tapStream } from './tap-stream.js';

interface ResponseLike {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body?: unknown;
  readonly bodyUsed?: unknown;
}

/**
 * Which bodies end what a `Response` is the result of. A request ends with every body: a provider sends it, and says
 * in it what was used. An operation ends with one that is read event by event: any other its caller has made, and who
 * sends it on may do so without reading it.
 */
export type EndingBodies = 'all' | 'events';

const EVENT_STREAM = /^(?:text\/event-stream|application\/(?:x-ndjson|jsonl|vnd\.amazon\.eventstream))\b/i;

/**
 * Ends a request or operation when its result does: a value at once, a promise when it settles, a stream when it
 * has been read, abandoned or broken, a `Response` with its body, and at once where it has none that can be read any
 * more. One that is not `ok` is a failure.
 *
 * @returns the same result.
 */
export function follow<T>(result: T, followed: Followed, bodies: EndingBodies): T {
  try {
    const isPromise = onSettled(
      result,
      (value) => {
        followSafely(value, followed, bodies);
      },
      (error) => followed.fail(error),
    );
    if (isPromise) return result;
  } catch {
    // A `then` that throws when it is looked at: there is nothing to wait for.
  }
  return followSafely(result, followed, bodies);
}

function followSafely<T>(value: T, followed: Followed, bodies: EndingBodies): T {
  try {
    return followValue(value, followed, bodies);
  } catch {
    // A result whose getters throw. The call has returned, and that is all that can be said of it.
    followed.end();
    return value;
  }
}

function followValue<T>(value: T, followed: Followed, bodies: EndingBodies): T {
  if (typeof value !== 'object' || value === null) {
    followed.end();
    return value;
  }
  if (isResponse(value) && !value.ok) {
    followed.fail(undefined, classifyResponse(value.status));
    return value;
  }
  const stream = streamIn(value, bodies);
  if (stream === undefined) {
    followed.end();
    return value;
  }
  followed.touch?.();
  const tapped = tapStream(stream, new StreamEnd(followed));
  return stream === value ? (tapped as T) : value;
}

function streamIn(value: unknown, bodies: EndingBodies): object | undefined {
  if (isStream(value)) return value;
  if (isResponse(value)) {
    const isEnding = bodies === 'all' || EVENT_STREAM.test(value.headers.get('content-type') ?? '');
    return isEnding ? unreadBody(value) : undefined;
  }
  // What `withResponse()` of the SDKs resolves with.
  const { data, response } = (value ?? {}) as { readonly data?: unknown; readonly response?: unknown };
  return isStream(data) && isResponse(response) ? data : undefined;
}

function unreadBody({ body, bodyUsed }: ResponseLike): object | undefined {
  if (bodyUsed === true || !isStream(body)) return undefined;
  return (body as { readonly locked?: unknown }).locked === true ? undefined : body;
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
