import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** One answer to a scrape, shared by all scrapes that came while it was made. */
export interface Page {
  readonly contentType: string;
  readonly body: Buffer;
  /** Label sets on the page; a histogram counts once. */
  readonly seriesCount: number;
  /** The body compressed, in another thread and once for all that ask. */
  gzip(): Promise<Buffer>;
}

/** How a page is written without holding up the process. */
export interface PageWriting {
  /** Size of the page before this one. */
  readonly bytesBefore: number;
  /** Monotonic milliseconds. */
  now(): number;
  /** Resolves after other work of the event loop had its turn. */
  pause(): Promise<void>;
}

/** Time after which the event loop gets its turn. */
const TURN_MILLIS = 1;
/** Room beyond the size of the page before, so that a page that grew a little needs no second buffer. */
const SPARE_BYTES = 65_536;
const SPARE_SHARE = 1.1;
/** UTF-8 needs at most three bytes for each UTF-16 unit. */
const BYTES_PER_UNIT_MAX = 3;

/**
 * Writes a page slice by slice into one buffer, and lets the event loop run after each millisecond of work.
 *
 * @param contentType - media type of the page
 * @param slices - the page's text, as a renderer yields it
 */
export async function writePage(
  contentType: string,
  slices: Generator<string, number>,
  { bytesBefore, now, pause }: PageWriting,
): Promise<Page> {
  let buffer: Buffer = Buffer.allocUnsafe(Math.ceil(bytesBefore * SPARE_SHARE) + SPARE_BYTES);
  let length = 0;
  let turnEndsAt = now() + TURN_MILLIS;
  let next = slices.next();
  while (next.done !== true) {
    const needed = length + next.value.length * BYTES_PER_UNIT_MAX;
    if (needed > buffer.length) buffer = grow(buffer, length, needed);
    length += buffer.write(next.value, length, 'utf8');
    if (now() >= turnEndsAt) {
      await pause();
      turnEndsAt = now() + TURN_MILLIS;
    }
    next = slices.next();
  }
  return createPage(contentType, buffer.subarray(0, length), next.value);
}

function grow(buffer: Buffer, length: number, needed: number): Buffer {
  const larger = Buffer.allocUnsafe(Math.max(needed, buffer.length * 2));
  buffer.copy(larger, 0, 0, length);
  return larger;
}

const gzipAsync = promisify<Buffer, { level: number; chunkSize: number }, Buffer>(gzip);

/** Level 1 shrinks a page to a fortieth; higher levels gain little and cost a multiple. */
const GZIP_OPTIONS = { level: 1, chunkSize: 65_536 } as const;

function createPage(contentType: string, body: Buffer, seriesCount: number): Page {
  let compressed: Promise<Buffer> | undefined;
  return {
    contentType,
    body,
    seriesCount,
    gzip() {
      compressed ??= gzipAsync(body, GZIP_OPTIONS);
      return compressed;
    },
  };
}
