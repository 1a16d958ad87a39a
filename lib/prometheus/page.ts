import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { RenderedText } from './render-text.js';

/** One answer to a scrape, shared by all scrapes that came while it was made. */
export interface Page extends RenderedText {
  readonly contentType: string;
  /** The body compressed, in another thread and once for all that ask. */
  gzip(): Promise<Buffer>;
}

/** How a page is written without holding up the process. */
export interface PageWriting {
  /** Monotonic milliseconds. */
  now(): number;
  /** Resolves after other work of the event loop had its turn. */
  pause(): Promise<void>;
}

/** Time after which the event loop gets its turn. */
const TURN_MILLIS = 1;

/**
 * Makes a page, and lets the event loop run after each millisecond of work.
 *
 * @param contentType - media type of the page
 * @param rendering - yields where other work may run
 */
export async function writePage(
  contentType: string,
  rendering: Generator<undefined, RenderedText>,
  { now, pause }: PageWriting,
): Promise<Page> {
  let turnEndsAt = now() + TURN_MILLIS;
  let next = rendering.next();
  while (next.done !== true) {
    if (now() >= turnEndsAt) {
      await pause();
      turnEndsAt = now() + TURN_MILLIS;
    }
    next = rendering.next();
  }
  return createPage(contentType, next.value);
}

const gzipAsync = promisify<Buffer, { level: number; chunkSize: number }, Buffer>(gzip);

/** Level 1 shrinks a page to a fortieth; higher levels gain little and cost a multiple. */
const GZIP_OPTIONS = { level: 1, chunkSize: 65_536 } as const;

function createPage(contentType: string, { body, seriesCount }: RenderedText): Page {
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
