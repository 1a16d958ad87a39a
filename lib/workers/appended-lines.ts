import type { Store } from './store.js';

const LINE_FEED = 0x0a;
/** So many bytes before the new ones are compared with what was read: another file has others there. */
const OVERLAP_BYTES = 256;

/**
 * Creates a reader of a file to which lines are only added. Lines that are empty or longer than the bound are left out.
 *
 * @returns a function that returns the lines since its last call that are whole, or `undefined` for a file that was
 *   removed, or replaced by another. It throws when the file is larger than its bound.
 */
export function readAppendedLines(
  store: Store,
  name: string,
  bounds: { readonly lineBytes: number; readonly fileBytes: number },
): () => readonly string[] | undefined {
  let offset = 0;
  let before = Buffer.alloc(0);
  /** Whether the offset is within a line that is too long. */
  let isWithin = false;

  return () => {
    const read = store.readFrom(name, offset - before.length);
    // A file that nobody has written to yet is empty.
    if (read === undefined) return offset === 0 ? [] : undefined;
    if (!before.equals(read.subarray(0, before.length))) return undefined;
    if (offset + read.length > bounds.fileBytes) throw new Error(`${name} is too large`);
    const lines: string[] = [];
    let start = before.length;
    for (let end = read.indexOf(LINE_FEED, start); end !== -1; end = read.indexOf(LINE_FEED, start)) {
      const length = end - start;
      if (!isWithin && length > 0 && length <= bounds.lineBytes) {
        lines.push(read.toString('utf8', start, end));
      }
      isWithin = false;
      start = end + 1;
    }
    if (read.length - start > bounds.lineBytes) {
      isWithin = true;
      start = read.length;
    }
    offset += start - before.length;
    // A copy, since a part would keep the whole in memory.
    before = Buffer.from(read.subarray(Math.max(0, start - OVERLAP_BYTES), start));
    return lines;
  };
}
