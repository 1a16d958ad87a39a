import { ReadableStream } from 'node:stream/web';
import type { BodyTap } from '../streams/body-tap.js';
import { branchTaps } from '../streams/branch-taps.js';
import { decorate, defineMethod, methodOf } from '../streams/define.js';
import { tapStream } from './tap-stream.js';

type Body = ReadableStream<Uint8Array>;

/** How a body is read whole. */
const READERS = ['json', 'text', 'arrayBuffer', 'bytes', 'blob', 'formData'] as const;

/**
 * Lets a tap see what the consumer of a response reads of its body, as {@link tapStream} does. Where the runtime reads
 * a body in ways of its own, as Deno does, the methods of this one response that do so read by the public ones. What
 * Deno reads to send the response itself on is not seen.
 *
 * @param body - of the response.
 */
export function tapResponse(response: Response, body: Body, told: BodyTap): void {
  const tap = tapStream(body, told);
  if (!isReadUnseen()) return;
  // Of a body that was read already the runtime's own errors are the right ones.
  const isReadable = (): boolean => !body.locked && !response.bodyUsed;
  for (const name of READERS) {
    decorate(response, name, (read) => () => {
      if (!isReadable()) return read();
      const seen = new Response(ReadableStream.from(body) as never, { headers: response.headers });
      return methodOf(seen, name)?.call(seen);
    });
  }
  decorate(response, 'clone', (clone) => () => {
    const isBranched = isReadable();
    const copy = clone() as Response;
    if (!isBranched) return copy;
    // Both have a new body from here on.
    const [one, other] = branchTaps(tap);
    tapResponse(response, response.body as unknown as Body, one);
    tapResponse(copy, copy.body as unknown as Body, other);
    return copy;
  });
}

let isUnseen: boolean | undefined;

/** Whether this runtime reads the body of a response without its public methods. Tried once, when it is first asked. */
function isReadUnseen(): boolean {
  isUnseen ??= !isReadByMethod();
  return isUnseen;
}

function isReadByMethod(): boolean {
  const stream = new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
  const { getReader } = stream;
  let isRead = false;
  defineMethod(stream, 'getReader', (...args: Parameters<typeof getReader>) => {
    isRead = true;
    return getReader.apply(stream, args);
  });
  new Response(stream as never).text().catch(() => undefined);
  return isRead;
}
