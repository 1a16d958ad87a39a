/** Room beyond the page before, so that one that grew a little needs no second buffer. */
const SPARE_BYTES = 4096;
const SPARE_SHARE = 1.02;
const GROWTH = 1.5;
/** UTF-8 needs at most three bytes for each UTF-16 unit. */
const BYTES_PER_UNIT_MAX = 3;

const NOTHING = Buffer.alloc(0);

/**
 * Writes pages, each into a buffer of its own, and copies from the page before whatever stayed the same.
 *
 * The page before is never changed: it may still be on its way to a scraper. What is copied is one run that goes on
 * until something of another length takes the place of something old; digits of the same length are put over the
 * copy once it is made.
 *
 * One writer serves all pages: V8 throws code away whose objects were all collected, and a scrape is rare enough to
 * have a full garbage collection before each.
 */
export class PageWriter {
  private source = NOTHING;
  private target = NOTHING;
  private length = 0;
  /** Where the run begins in the page before; all ahead of it is copied or left out. */
  private runStart = 0;
  private readonly patchEnds: number[] = [];
  private readonly patchValues: number[] = [];
  private patchCount = 0;

  /** Begins a page; the one that was finished last is the page before. */
  begin(): void {
    this.target = Buffer.allocUnsafe(Math.ceil(this.source.length * SPARE_SHARE) + SPARE_BYTES);
    this.length = 0;
    this.runStart = 0;
    this.patchCount = 0;
  }

  /** Where the next byte goes. */
  get position(): number {
    return this.length;
  }

  /** How far the bytes of the run move, from the page before to this one. */
  get shift(): number {
    return this.length - this.runStart;
  }

  /** Goes on at a place of the page before, leaving out all between. */
  skipTo(sourceOffset: number): void {
    this.runStart = sourceOffset;
  }

  /** Ends the run: copies it from the page before, with the digits that were put over it. */
  copyTo(sourceOffset: number): void {
    const size = sourceOffset - this.runStart;
    if (size === 0) return;
    this.reserve(size);
    this.source.copy(this.target, this.length, this.runStart, sourceOffset);
    this.length += size;
    this.runStart = sourceOffset;
    for (let index = 0; index < this.patchCount; index++) {
      writeDigits(this.target, this.patchEnds[index] as number, this.patchValues[index] as number);
    }
    this.patchCount = 0;
  }

  /**
   * Puts an integer over one of as many digits, in the run.
   *
   * @param end - where the number ends in this page
   */
  overwrite(value: number, end: number): void {
    this.patchEnds[this.patchCount] = end;
    this.patchValues[this.patchCount++] = value;
  }

  /** Writes what was not in the page before; a run has to be ended first. */
  text(text: string): void {
    this.reserve(text.length * BYTES_PER_UNIT_MAX);
    this.length += this.target.write(text, this.length, 'utf8');
  }

  /** Writes an integer of {@link digitCount} digits. */
  digits(value: number, count: number): void {
    this.reserve(count);
    this.length += count;
    writeDigits(this.target, this.length, value);
  }

  /** Ends the page. */
  finish(): Buffer {
    this.source = this.target.subarray(0, this.length);
    this.target = NOTHING;
    return this.source;
  }

  private reserve(bytes: number): void {
    const needed = this.length + bytes;
    if (needed <= this.target.length) return;
    const larger = Buffer.allocUnsafe(Math.ceil(Math.max(needed, this.target.length * GROWTH)));
    this.target.copy(larger, 0, 0, this.length);
    this.target = larger;
  }
}

/** The digits of a small integer; 0 for any other number, which has to be formatted as text. */
export function digitCount(value: number): number {
  if ((value | 0) !== value || value < 0) return 0;
  let count = 1;
  for (let bound = 10; value >= bound; bound *= 10) count++;
  return count;
}

function writeDigits(bytes: Buffer, end: number, value: number): void {
  let rest = value;
  let position = end;
  do {
    const tens = (rest / 10) | 0;
    bytes[--position] = ASCII_ZERO + rest - tens * 10;
    rest = tens;
  } while (rest > 0);
}

const ASCII_ZERO = 48;
