import { INPUT_LIMITS } from '../catalogue/input-limits.js';

const TEXT_BYTES_MAX = INPUT_LIMITS.keptJson.value;
const STRING_BYTES_MAX = INPUT_LIMITS.keptString.value;

/** Longer than any name: a model whose name is cut is not one that is called like the mark. */
const CUT_MARK = Buffer.from('…'.repeat(INPUT_LIMITS.nameLength.value + 1));

/** The JSON text that a projection keeps of a document, within bounds. */
export class ProjectedText {
  /** Of Node's pool: memory of its own for every small body would keep the garbage collector busy. */
  private bytes = Buffer.allocUnsafe(1_024);
  private length = 0;
  private isOverflowed = false;
  private stringStart = 0;
  private isStringCut = false;

  /** The number of bytes that are held. */
  get size(): number {
    return this.length;
  }

  addByte(byte: number): void {
    if (this.reserve(1)) this.bytes[this.length++] = byte;
  }

  /** Copies bytes from `start` up to `end`. */
  add(source: Buffer, start: number, end: number): void {
    if (end > start && this.reserve(end - start)) {
      this.length += source.copy(this.bytes, this.length, start, end);
    }
  }

  /** What is added as parts of a string from here on may be cut. */
  startString(): void {
    this.stringStart = this.length;
    this.isStringCut = false;
  }

  /** Copies a part of a string; one that grows too long becomes a mark, for a cut could leave half a character. */
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

  /** The value of the text from `start` on; `undefined` when it is none, or was too long to be held. */
  parse(start: number): unknown {
    if (this.isOverflowed) return undefined;
    try {
      return JSON.parse(this.bytes.toString('utf8', start, this.length)) as unknown;
    } catch {
      // Not JSON: there is nothing to read, and the consumer will find out by itself.
      return undefined;
    }
  }

  /** Forgets all but the first `length` bytes. */
  truncate(length: number): void {
    this.length = length;
    this.isOverflowed = false;
  }

  private reserve(count: number): boolean {
    const needed = this.length + count;
    if (needed > TEXT_BYTES_MAX) {
      this.isOverflowed = true;
    } else if (needed > this.bytes.length) {
      this.bytes = Buffer.concat([this.bytes], Math.max(needed, this.bytes.length * 2));
    }
    return !this.isOverflowed;
  }
}
