import { createHash } from 'node:crypto';
import { createReadStream, promises } from 'node:fs';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { loadCore } from '../lazy.cjs';

/** A document that a price list is read from. */
export interface PriceListText {
  readonly text: string;
  /** In hexadecimal digits. */
  readonly sha256: string;
  /** When it was published, in milliseconds since the epoch; `undefined` where its source does not say. */
  readonly publishedMs: number | undefined;
  /** Given back to the next read, which may then answer that nothing has changed. */
  readonly validator: string | undefined;
}

const BYTES_MAX = INPUT_LIMITS.priceListBytes.value;
const WAIT_MILLIS = INPUT_LIMITS.priceListWait.value;

export const isUrl = (from: string): boolean => /^https?:\/\//i.test(from);

/**
 * Reads a document of a file or a URL.
 *
 * @param validator - of the last read.
 * @returns `undefined` if it has not changed since.
 * @throws {Error} that says why it cannot be read, without its name.
 */
export function readSource(from: string, validator?: string): Promise<PriceListText | undefined> {
  return isUrl(from) ? readUrl(from, validator) : readFile(from, validator);
}

async function readFile(path: string, validator: string | undefined): Promise<PriceListText | undefined> {
  const { mtimeMs, size, ino } = await promises.stat(path);
  const now = `${mtimeMs} ${size} ${ino}`;
  if (now === validator) return undefined;
  return { ...(await readBounded(createReadStream(path))), publishedMs: mtimeMs, validator: now };
}

async function readUrl(url: string, validator: string | undefined): Promise<PriceListText | undefined> {
  // A download is not traced: it belongs to no request of the program.
  const quiet = loadCore().suppressTracing(ROOT_CONTEXT);
  const response = await context.with(quiet, () =>
    fetch(url, {
      redirect: 'error',
      signal: AbortSignal.timeout(WAIT_MILLIS),
      headers: { accept: 'application/json', ...(validator && { 'if-none-match': validator }) },
    }),
  );
  const { body, headers, status } = response;
  if (status === 304 || status !== 200 || body === null) {
    await body?.cancel();
    if (status === 304 && validator !== undefined) return undefined;
    throw new Error(`the server answered with ${status}`);
  }
  const modifiedMs = Date.parse(headers.get('last-modified') ?? '');
  return {
    ...(await readBounded(body as unknown as AsyncIterable<Uint8Array>)),
    publishedMs: Number.isNaN(modifiedMs) ? undefined : modifiedMs,
    validator: headers.get('etag') ?? undefined,
  };
}

async function readBounded(
  chunks: AsyncIterable<Uint8Array>,
): Promise<Pick<PriceListText, 'text' | 'sha256'>> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > BYTES_MAX) throw new Error(`it is larger than ${BYTES_MAX} bytes`);
    pieces.push(chunk);
  }
  const bytes = Buffer.concat(pieces);
  return { text: bytes.toString('utf8'), sha256: createHash('sha256').update(bytes).digest('hex') };
}
