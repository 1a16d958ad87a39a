import type { Store } from './store.js';

const LINE_FEED = 0x0a;

/**
 * Creates a reader of a file to which lines are only added. Lines that are empty or longer than the bound are left out.
 *
 * @returns a function that returns the lines since its last call that are whole, or `undefined` for a file that is gone.
 *   It throws when the file is larger than its bound.
 */
export function createLineReader(
  store: Store,
  name: string,
  bounds: { readonly lineBytes: number; readonly fileBytes: number },
): () => readonly string[] | undefined {
  let offset = 0;
  /** Whether the offset is within a line that is too long. */
  let isWithin = false;

  return () => {
    const bytes = store.readFrom(name, offset);
    // A file that nobody has written to yet is empty.
    if (bytes === undefined) return offset === 0 ? [] : undefined;
    if (offset + bytes.length > bounds.fileBytes) throw new Error(`${name} is too large`);
    const lines: string[] = [];
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, start)) {
      const length = end - start;
      if (!isWithin && length > 0 && length <= bounds.lineBytes)
        lines.push(bytes.toString('utf8', start, end));
      isWithin = false;
      start = end + 1;
    }
    if (bytes.length - start > bounds.lineBytes) {
      isWithin = true;
      start = bytes.length;
    }
    offset += start;
    return lines;
  };
}
