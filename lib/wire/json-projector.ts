import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { CharacterCounter } from './character-counter.js';
import { isScalar, memberOf, type Projection, parseJson } from './json.js';
import { KeptText } from './kept-text.js';

const DEPTH_MAX = INPUT_LIMITS.jsonDepth.value;
/** A longer name cannot match a projection, even if each of its characters is a `\u….` escape. */
const NAME_BYTES_MAX = INPUT_LIMITS.memberName.value;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** Difference between the codes of a closing and an opening bracket, for both kinds of brackets. */
const TO_CLOSING = 2;

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** Position in the document. */
const BEGINNING = 0;
const VALUE = 1;
const FIRST_ELEMENT = 2;
const FIRST_MEMBER = 3;
const NEXT_MEMBER = 4;
const NAME = 5;
const AFTER_NAME = 6;
const AFTER_VALUE = 7;
const SCALAR = 8;
const STRING = 9;
const WHOLE = 10;
const DONE = 11;
const GIVEN_UP = 12;

/** An object or an array that is kept in part. */
interface Container {
  readonly isArray: boolean;
  readonly projection: Projection;
  count: number;
}

/**
 * Reads a JSON document as its bytes arrive and keeps only the parts named by a {@link Projection}, so that a body of
 * any size takes one pass and bounded memory. Strings over 4 KiB become a run of `…` that is too long to be a name.
 *
 * The kept parts equal the result of `JSON.parse`. The result is `undefined` if the document was cut off, is not JSON,
 * is nested deeper than the limit or would keep more than 64 KiB. Once a document cannot be JSON, its kept parts are
 * dropped and its remaining bytes are ignored. Skipped parts are checked only for brackets and quotes, so a malformed
 * number goes unnoticed there.
 */
export class JsonProjector {
  private readonly elementProjection: Projection | undefined;
  private readonly onElement: ((element: unknown) => void) | undefined;
  private readonly containers: Container[] = [];
  private state = BEGINNING;
  /** How many bytes of a byte order mark were read so far. */
  private markLength = 0;
  /** What to keep of the next value. */
  private projection: Projection | undefined;
  private keep = false;
  /** Counts the characters of a string that is not kept. */
  private counter: CharacterCounter | undefined;
  /** Open brackets within a value that is kept or skipped as a whole. */
  private readonly brackets = Buffer.allocUnsafe(DEPTH_MAX);
  private depth = 0;
  /** Whether the last byte of the previous piece was a backslash that escapes the next byte. */
  private isEscaped = false;
  private readonly name = Buffer.allocUnsafe(NAME_BYTES_MAX);
  private nameLength = 0;
  private readonly text = new KeptText();

  /**
   * @param projection - what to keep.
   * @param elementProjection - what to keep of the elements of a document that is an array, if not the same.
   * @param onElement - called as soon as one of these elements ends, if it is an object or an array and something in it
   *   was kept; the element is not held after that. Malformed JSON later in the document does not undo these calls.
   */
  constructor(
    projection: Projection,
    elementProjection?: Projection,
    onElement?: (element: unknown) => void,
  ) {
    this.projection = projection;
    this.elementProjection = elementProjection;
    this.onElement = onElement;
  }

  /** Whether the document exceeded a limit. */
  get isTooLarge(): boolean {
    return this.text.isTooLarge;
  }

  /** Reads the next bytes, and keeps no reference to them. */
  push(chunk: Uint8Array): void {
    const bytes = Buffer.isBuffer(chunk)
      ? chunk
      : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let at = 0;
    while (at < bytes.length && this.state !== GIVEN_UP) {
      const next = this.read(bytes, at);
      // A step that consumes no byte would repeat forever, so reading stops.
      if (next <= at) this.giveUp();
      at = next;
    }
  }

  /** Returns what was kept, or `undefined` if the document is incomplete. */
  finish(): unknown {
    // No byte marks the end of a number or a literal at the top level.
    const isWhole = this.state === DONE || (this.state === SCALAR && this.containers.length === 0);
    return isWhole ? this.text.parse(0) : undefined;
  }

  /** Reads one or more bytes and returns the position after them. */
  private read(bytes: Buffer, at: number): number {
    switch (this.state) {
      case NAME:
        return this.memberName(bytes, at);
      case SCALAR:
        return this.scalar(bytes, at);
      case STRING:
        return this.string(bytes, at);
      case WHOLE:
        return this.whole(bytes, at);
      default:
        this.readByte(bytes[at] ?? 0);
        return at + 1;
    }
  }

  /** Reads a byte between values and names. */
  private readByte(byte: number): void {
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) return;
    const { state } = this;
    const isEmpty =
      (state === FIRST_ELEMENT && byte === CLOSE_ARRAY) || (state === FIRST_MEMBER && byte === CLOSE_OBJECT);
    if (state === BEGINNING) this.beginning(byte);
    else if (state === AFTER_VALUE && byte === COMMA)
      this.state = this.containers.at(-1)?.isArray === true ? VALUE : NEXT_MEMBER;
    else if (state === AFTER_VALUE || isEmpty) this.close(byte);
    else if (state === VALUE || state === FIRST_ELEMENT) this.value(byte);
    else if ((state === FIRST_MEMBER || state === NEXT_MEMBER) && byte === QUOTE) this.state = NAME;
    else if (state === AFTER_NAME && byte === COLON) this.state = VALUE;
    else this.giveUp();
  }

  private beginning(byte: number): void {
    if (byte === BYTE_ORDER_MARK[this.markLength]) this.markLength += 1;
    else if (this.markLength > 0 && this.markLength < BYTE_ORDER_MARK.length) this.giveUp();
    else this.value(byte);
  }

  /** Reads the first byte of a value. */
  private value(byte: number): void {
    const parent = this.containers.at(-1);
    const isContainer = byte === OPEN_OBJECT || byte === OPEN_ARRAY;
    if (parent?.isArray === true) this.startElement(parent, isContainer);
    const { projection } = this;
    if (isContainer && (typeof projection === 'object' || (projection === 'count' && byte === OPEN_ARRAY))) {
      this.open(byte === OPEN_ARRAY, projection);
      return;
    }
    const isNumber = projection === 'count' || projection === 'length';
    this.keep = projection !== undefined && !isNumber;
    if (this.keep) this.text.addByte(byte);
    if (projection === 'length' && byte === QUOTE) this.counter = new CharacterCounter();
    else if (isNumber) this.text.addText('null');
    if (isContainer) this.nest(byte);
    else if (byte === QUOTE) this.startString();
    else if (isScalar(byte)) this.state = SCALAR;
    else this.giveUp();
  }

  private startElement(array: Container, isContainer: boolean): void {
    if (array.projection === 'count') {
      array.count += 1;
      this.projection = undefined;
      return;
    }
    this.projection = isContainer ? array.projection : undefined;
    // An object projection keeps no bare numbers or strings, and an array may have thousands of them.
    if (!isContainer && this.isHandedOver()) return;
    this.separate(array);
    if (!isContainer) this.text.addText('null');
  }

  /** Enters an object or an array that is kept in part. */
  private open(isArray: boolean, projection: Projection): void {
    if (this.isTooDeep()) return;
    const inside = isArray && this.containers.length === 0 ? this.elementProjection : undefined;
    this.containers.push({ isArray, projection: inside ?? projection, count: 0 });
    this.state = isArray ? FIRST_ELEMENT : FIRST_MEMBER;
    if (projection !== 'count') this.text.addByte(isArray ? OPEN_ARRAY : OPEN_OBJECT);
  }

  /** Enters an object or an array within a value that is kept or skipped as a whole. */
  private nest(byte: number): void {
    if (this.isTooDeep()) return;
    this.brackets[this.depth++] = byte;
    this.state = WHOLE;
  }

  private isTooDeep(): boolean {
    if (this.containers.length + this.depth < DEPTH_MAX) return false;
    this.text.isTooLarge = true;
    this.giveUp();
    return true;
  }

  private memberName(bytes: Buffer, at: number): number {
    const end = this.closingQuote(bytes, at);
    // The length of a name that does not fit is counted, but its bytes are not copied.
    if (this.nameLength + end - at <= NAME_BYTES_MAX) bytes.copy(this.name, this.nameLength, at, end);
    this.nameLength += end - at;
    if (end === bytes.length) return end;
    const object = this.containers.at(-1);
    this.projection = object === undefined ? undefined : memberOf(object.projection, this.nameText());
    if (object !== undefined && this.projection !== undefined) {
      this.separate(object);
      this.text.addByte(QUOTE);
      this.text.add(this.name, 0, this.nameLength);
      this.text.addByte(QUOTE);
      this.text.addByte(COLON);
    }
    this.nameLength = 0;
    this.state = AFTER_NAME;
    return end + 1;
  }

  /** The name just read; `undefined` if it is too long or malformed. */
  private nameText(): string | undefined {
    if (this.nameLength > NAME_BYTES_MAX) return undefined;
    const written = this.name.toString('latin1', 0, this.nameLength);
    return written.includes('\\') ? (parseJson(`"${written}"`) as string | undefined) : written;
  }

  /** Reads a number or a literal, which only the byte after it ends. */
  private scalar(bytes: Buffer, start: number): number {
    let end = start;
    while (end < bytes.length && isScalar(bytes[end] ?? 0)) end += 1;
    if (this.keep) this.text.add(bytes, start, end);
    if (end === bytes.length) return end;
    this.endValue();
    this.readByte(bytes[end] ?? 0);
    return end + 1;
  }

  private startString(): void {
    if (this.keep) this.text.startString();
    this.state = STRING;
  }

  private string(bytes: Buffer, start: number): number {
    const end = this.closingQuote(bytes, start);
    if (this.keep) this.text.addToString(bytes, start, end);
    this.counter?.add(bytes, start, end);
    if (end === bytes.length) return end;
    if (this.keep) this.text.addByte(QUOTE);
    if (this.counter !== undefined) {
      this.text.addText(String(this.counter.finish()));
      this.counter = undefined;
    }
    if (this.depth === 0) this.endValue();
    else this.state = WHOLE;
    return end + 1;
  }

  /** The index of the quote that ends the current string, or the length if these bytes do not contain it. */
  private closingQuote(bytes: Buffer, start: number): number {
    let from = this.isEscaped ? start + 1 : start;
    for (;;) {
      const quote = bytes.indexOf(QUOTE, from);
      const end = quote === -1 ? bytes.length : quote;
      let at = end;
      while (at > from && bytes[at - 1] === BACKSLASH) at -= 1;
      const isEscaped = (end - at) % 2 === 1;
      this.isEscaped = quote === -1 && isEscaped;
      if (quote === -1 || !isEscaped) return end;
      from = quote + 1;
    }
  }

  /** Reads an object or an array that is kept or skipped as a whole, outside its strings. */
  private whole(bytes: Buffer, start: number): number {
    const end = bytes.length;
    for (let at = start; at < end; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte > QUOTE && byte < OPEN_ARRAY) continue;
      if (byte === QUOTE) {
        if (this.keep) this.text.add(bytes, start, at + 1);
        this.startString();
        return at + 1;
      }
      if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        this.nest(byte);
        if (this.state === GIVEN_UP) return end;
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        this.depth -= 1;
        if (this.brackets[this.depth] !== byte - TO_CLOSING) {
          this.giveUp();
          return end;
        }
        if (this.depth === 0) {
          if (this.keep) this.text.add(bytes, start, at + 1);
          this.endValue();
          return at + 1;
        }
      }
    }
    if (this.keep) this.text.add(bytes, start, end);
    return end;
  }

  private close(byte: number): void {
    const container = this.containers.pop();
    if (byte !== (container?.isArray === true ? CLOSE_ARRAY : CLOSE_OBJECT)) {
      this.giveUp();
      return;
    }
    if (container?.projection === 'count') this.text.addText(String(container.count));
    else this.text.addByte(byte);
    this.endValue();
  }

  private endValue(): void {
    const container = this.containers.at(-1);
    this.state = container === undefined ? DONE : AFTER_VALUE;
    if (container?.isArray !== true || !this.isHandedOver()) return;
    // The text starts with the bracket of the array. Two more bytes are the brackets of an element with nothing kept.
    const element = this.text.length > 3 ? this.text.parse(1) : undefined;
    this.text.truncate(1);
    container.count = 0;
    if (element !== undefined) this.onElement?.(element);
  }

  private isHandedOver(): boolean {
    return this.containers.length === 1 && this.onElement !== undefined;
  }

  private separate(container: Container): void {
    if (container.count > 0) this.text.addByte(COMMA);
    container.count += 1;
  }

  /** Stops reading: the document is not JSON, or is nested too deep. */
  private giveUp(): void {
    this.state = GIVEN_UP;
    this.containers.length = 0;
    this.text.truncate(0);
  }
}
