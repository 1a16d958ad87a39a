/** Below this distance a loop finds the closing quote sooner than a call into native code. */
const NATIVE_SEARCH_BYTES_MIN = 48;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Finds the ends of JSON strings in bytes that come in pieces. */
export class StringScanner {
  /** Whether the last byte of the piece before was a backslash that escapes the next one. */
  private isEscaped = false;

  /** The index of the quote that ends a string, or the length when it is not among these bytes. */
  closingQuote(bytes: Buffer, start: number): number {
    const from = this.isEscaped ? start + 1 : start;
    this.isEscaped = false;
    const near = Math.min(bytes.length, from + NATIVE_SEARCH_BYTES_MIN);
    let at = from;
    for (; at < near; at += 1) {
      const byte = bytes[at];
      if (byte === QUOTE) return at;
      if (byte === BACKSLASH) at += 1;
    }
    if (at < bytes.length) return this.searchFar(bytes, at);
    // The loop stepped over an escaped byte that may not have come yet.
    this.isEscaped = at > bytes.length;
    return bytes.length;
  }

  private searchFar(bytes: Buffer, start: number): number {
    let at = start;
    for (;;) {
      const quote = bytes.indexOf(QUOTE, at);
      const end = quote === -1 ? bytes.length : quote;
      const isEscaped = endsInEscape(bytes, at, end);
      if (quote === -1) {
        this.isEscaped = isEscaped;
        return end;
      }
      if (!isEscaped) return quote;
      at = quote + 1;
    }
  }
}

/** Whether an odd number of backslashes stands before `end`. */
function endsInEscape(bytes: Buffer, start: number, end: number): boolean {
  let at = end;
  while (at > start && bytes[at - 1] === BACKSLASH) at -= 1;
  return (end - at) % 2 === 1;
}
