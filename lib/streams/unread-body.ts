import type { ReadableStream } from 'node:stream/web';

/** The body of a `Request` or `Response` as a web stream that nobody has begun to read; a foreign one may have none. */
export function unreadBody({
  body,
  bodyUsed,
}: Partial<Request | Response>): ReadableStream<Uint8Array> | undefined {
  // Node's own type: those of the DOM library, if a user has it, say the same in other words.
  const stream = body as ReadableStream<Uint8Array> | null | undefined;
  const isStream = typeof stream === 'object' && stream !== null && typeof stream.getReader === 'function';
  return isStream && !stream.locked && bodyUsed !== true ? stream : undefined;
}
