import { INPUT_LIMITS } from '../catalogue/input-limits.js';

const VALUE_BYTES_MAX = INPUT_LIMITS.keptString.value;
/** A boundary has at most 70 characters, after two dashes. */
const FIRST_LINE_MAX = 80;
/** The headers of a part: a disposition with the name of the field and of a file, and a type. */
const HEADERS_BYTES_MAX = INPUT_LIMITS.multipartHeaders.value;

const NAME = /^content-disposition\s*:[^\r\n]*?;\s*name="([^"\r\n]*)"/im;
const FILE = /^content-disposition\s*:[^\r\n]*?;\s*filename\*?=/im;

/** What is being read. */
type Place = 'first line' | 'headers' | 'value' | 'skipped' | 'done';

/**
 * Reads text fields of a form (`multipart/form-data`) as its bytes arrive. Files and other fields are passed over; no
 * more is held than one boundary, the headers of one part, or the value of one field.
 *
 * Bytes are decoded as latin1, as the syntax is ASCII, and a value is decoded as a whole.
 */
export class MultipartReader {
  private readonly names: ReadonlySet<string>;
  private readonly fields: Record<string, string> = {};
  private place: Place = 'first line';
  /** Bytes that are not read yet. */
  private held = '';
  /** What stands before the next part: a line end and the boundary. */
  private delimiter = '';
  private name = '';

  /** @param names - the fields that are kept. */
  constructor(names: readonly string[]) {
    this.names = new Set(names);
  }

  /** Reads the next bytes, and keeps no reference to them. */
  push(bytes: Uint8Array): void {
    if (this.place === 'done') return;
    this.held += Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    while (this.step());
  }

  /** The fields that were found, the last one of each name. */
  finish(): Readonly<Record<string, string>> {
    return this.fields;
  }

  /** Reads one part of the syntax; false if more bytes are needed. */
  private step(): boolean {
    switch (this.place) {
      case 'first line':
        return this.readTo('\r\n', FIRST_LINE_MAX, (line) => {
          this.delimiter = `\r\n${line}`;
          this.place = line.startsWith('--') ? 'headers' : 'done';
        });
      case 'headers':
        return this.readTo('\r\n\r\n', HEADERS_BYTES_MAX, (headers) => {
          this.name = Buffer.from(NAME.exec(headers)?.[1] ?? '', 'latin1').toString('utf8');
          this.place = this.names.has(this.name) && !FILE.test(headers) ? 'value' : 'skipped';
        });
      case 'value':
        return this.readTo(this.delimiter, VALUE_BYTES_MAX, (value) => {
          this.fields[this.name] = Buffer.from(value, 'latin1').toString('utf8');
          this.place = 'headers';
        });
      case 'skipped':
        return this.skip();
      case 'done':
        this.held = '';
        return false;
    }
  }

  /** Takes what is held up to a text. A value that is longer than allowed is passed over, anything else ends it. */
  private readTo(end: string, lengthMax: number, take: (text: string) => void): boolean {
    const at = this.held.indexOf(end);
    if (at === -1 && this.held.length < lengthMax + end.length) return false;
    if (at === -1 || at > lengthMax) {
      this.place = this.place === 'value' ? 'skipped' : 'done';
      return true;
    }
    const text = this.held.slice(0, at);
    this.held = this.held.slice(at + end.length);
    take(text);
    return true;
  }

  private skip(): boolean {
    const at = this.held.indexOf(this.delimiter);
    if (at === -1) {
      // The delimiter may have begun.
      this.held = this.held.slice(-this.delimiter.length);
      return false;
    }
    this.held = this.held.slice(at + this.delimiter.length);
    this.place = 'headers';
    return true;
  }
}
