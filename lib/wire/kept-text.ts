import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { parseJson } from './json.js';

const TEXT_BYTES_MAX = INPUT_LIMITS.keptJson.value;
const STRING_BYTES_MAX = INPUT_LIMITS.keptString.value;
/** Replaces a string that is too long. The mark exceeds the limit for names, so it never equals a real name. */
const CUT_MARK = Buffer.from('…'.repeat(INPUT_LIMITS.nameLength.value + 1));

/** The JSON text that is kept of a document, up to a limit. */
export class KeptText {
  length = 0;
  /** Whether the limit was exceeded, if only by what was dropped since. */
  isTooLarge = false;
  /** Allocated from Node's pool, because separate memory for every small body would burden the garbage collector. */
  private bytes = Buffer.allocUnsafe(1_024);
  private isOverflowed = false;
  private stringStart = 0;
  private isStringCut = false;

  addByte(byte: number): void {
    if (this.reserve(1)) this.bytes[this.length++] = byte;
  }

  add(source: Buffer, start: number, end: number): void {
    if (end > start && this.reserve(end - start)) {
      this.length += source.copy(this.bytes, this.length, start, end);
    }
  }

  addText(text: string): void {
    if (this.reserve(text.length)) this.length += this.bytes.write(text, this.length, 'latin1');
  }

  startString(): void {
    this.stringStart = this.length;
    this.isStringCut = false;
  }

  /** Adds part of a string. A string that is too long becomes a mark, because truncation could split a character. */
  addToString(source: Buffer, start: number, end: number): void {
    if (this.isStringCut) return;
    if (this.length - this.stringStart + (end - start) <= STRING_BYTES_MAX) {
      this.add(source, start, end);
      return;
    }
    this.length = this.stringStart;
    this.isStringCut = true;
    this.add(CUT_MARK, 0, CUT_MARK.length);
  }

  /** Parses the text from `start` on; `undefined` if it is not JSON or was too long to be held. */
  parse(start: number): unknown {
    return this.isOverflowed ? undefined : parseJson(this.bytes.toString('utf8', start, this.length));
  }

  /** Drops all but the first `length` bytes. */
  truncate(length: number): void {
    this.length = length;
    this.isOverflowed = false;
  }

  private reserve(count: number): boolean {
    const needed = this.length + count;
    if (needed > TEXT_BYTES_MAX) this.isOverflowed = this.isTooLarge = true;
    else if (needed > this.bytes.length) {
      this.bytes = Buffer.concat([this.bytes], Math.max(needed, this.bytes.length * 2));
    }
    return !this.isOverflowed;
  }
}
