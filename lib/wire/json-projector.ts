import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { MemberName } from './member-name.js';
import { ProjectedText } from './projected-text.js';
import { StringScanner } from './string-scanner.js';

/** What to keep of a JSON document: `true` the value whole, an object only these members. Arrays are transparent. */
export type Projection = true | { readonly [member: string]: Projection };

const DEPTH_MAX = INPUT_LIMITS.jsonDepth.value;

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** From an opening bracket to the one that closes it, of either kind. */
const TO_CLOSING = 2;

const BYTE_ORDER_MARK = Buffer.from('\ufeff');
const NULL = Buffer.from('null');

/** Where the projector stands in the document. */
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

/** An object or an array of which parts are kept. */
interface Container {
  readonly isArray: boolean;
  readonly projection: Projection;
  count: number;
}

/**
 * Reads a JSON document as its bytes come by and keeps only the parts of a {@link Projection}, so that a body of
 * any size costs one pass and a bounded amount of memory. Strings beyond 4 KiB are kept as `…`, too often for a name.
 *
 * What is kept is what `JSON.parse` would say. A document yields `undefined` when it was cut off, is not JSON, is
 * nested deeper than the limit or kept more than 64 KiB; of one that cannot be JSON any more nothing is held, and the
 * rest of its bytes is not looked at. What is skipped is not validated beyond its brackets and quotes: a number in
 * it that is none is found out by whoever reads the whole.
 */
export class JsonProjector {
  private readonly elementProjection: Projection | undefined;
  private readonly onElement: ((element: unknown) => void) | undefined;
  private readonly containers: Container[] = [];
  private readonly name = new MemberName();
  private state = BEGINNING;
  /** How much of a byte order mark has come. */
  private markLength = 0;
  private projection: Projection | undefined;
  /** The brackets that are open within a value that is kept or skipped as a whole. */
  private readonly brackets = Buffer.allocUnsafe(DEPTH_MAX);
  private depth = 0;
  private keep = false;
  private readonly scanner = new StringScanner();
  private readonly text = new ProjectedText();

  /**
   * @param projection - what to keep.
   * @param elementProjection - what to keep of the elements of a document that is an array, if not the same.
   * @param onElement - called for each of these elements that is an object or an array of which something was kept,
   *   as soon as it ends; none of them is held any longer. What comes after an element does not take it back.
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

  /** Reads the next bytes. They are not referred to afterwards. */
  push(chunk: Uint8Array): void {
    const bytes = Buffer.isBuffer(chunk)
      ? chunk
      : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let at = 0;
    while (at < bytes.length && this.state !== GIVEN_UP) {
      const next = this.read(bytes, at);
      // Whatever a document says, each step takes a byte of it, or is the last one.
      if (next <= at) this.giveUp();
      at = next;
    }
  }

  /** What was kept, or `undefined` when the document was not whole. */
  finish(): unknown {
    // A number or a literal at the top has no end of its own.
    const isWhole = this.state === DONE || (this.state === SCALAR && this.containers.length === 0);
    return isWhole ? this.text.parse(0) : undefined;
  }

  /** Reads one or more bytes and returns where the next ones begin. */
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

  /** Reads a byte between values, names and the signs around them. */
  private readByte(byte: number): void {
    if (byte === SPACE || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === TAB) return;
    switch (this.state) {
      case BEGINNING:
        this.beginning(byte);
        break;
      case VALUE:
        this.value(byte);
        break;
      case FIRST_ELEMENT:
        if (byte === CLOSE_ARRAY) this.close(byte);
        else this.value(byte);
        break;
      case FIRST_MEMBER:
        if (byte === CLOSE_OBJECT) this.close(byte);
        else this.member(byte);
        break;
      case NEXT_MEMBER:
        this.member(byte);
        break;
      case AFTER_NAME:
        if (byte === COLON) this.state = VALUE;
        else this.giveUp();
        break;
      case AFTER_VALUE:
        this.afterValue(byte);
        break;
      default:
        // Nothing but white space follows a document that is whole.
        this.giveUp();
    }
  }

  private beginning(byte: number): void {
    if (byte === BYTE_ORDER_MARK[this.markLength]) {
      this.markLength += 1;
    } else if (this.markLength > 0 && this.markLength < BYTE_ORDER_MARK.length) {
      this.giveUp();
    } else {
      this.value(byte);
    }
  }

  /** At the first byte of a value. */
  private value(byte: number): void {
    const parent = this.containers.at(-1);
    const isContainer = byte === OPEN_OBJECT || byte === OPEN_ARRAY;
    if (parent?.isArray === true) this.startElement(parent, isContainer);
    const { projection } = this;
    if (isContainer && projection !== undefined && projection !== true) {
      this.open(byte === OPEN_ARRAY, projection);
      return;
    }
    this.keep = projection !== undefined;
    if (this.keep) this.text.addByte(byte);
    if (isContainer) {
      this.nest(byte);
    } else if (byte === QUOTE) {
      if (this.keep) this.text.startString();
      this.state = STRING;
    } else if (isScalar(byte)) {
      this.state = SCALAR;
    } else {
      this.giveUp();
    }
  }

  private startElement(array: Container, isContainer: boolean): void {
    this.projection = isContainer ? array.projection : undefined;
    // A bare number or string is not what an object projection asks for, and there may be thousands of them.
    if (!isContainer && this.isHandedOver()) return;
    this.separate(array);
    if (!isContainer) this.text.add(NULL, 0, NULL.length);
  }

  /** Enters an object or an array of which parts are kept. */
  private open(isArray: boolean, projection: Projection): void {
    if (this.containers.length === DEPTH_MAX) {
      this.giveUp();
      return;
    }
    const inside = isArray && this.containers.length === 0 ? this.elementProjection : undefined;
    this.containers.push({ isArray, projection: inside ?? projection, count: 0 });
    this.state = isArray ? FIRST_ELEMENT : FIRST_MEMBER;
    this.text.addByte(isArray ? OPEN_ARRAY : OPEN_OBJECT);
  }

  /** Enters an object or an array within a value that is kept or skipped as a whole. */
  private nest(byte: number): void {
    if (this.containers.length + this.depth === DEPTH_MAX) {
      this.giveUp();
      return;
    }
    this.brackets[this.depth++] = byte;
    this.state = WHOLE;
  }

  private member(byte: number): void {
    this.name.start();
    if (byte === QUOTE) this.state = NAME;
    else this.giveUp();
  }

  private memberName(bytes: Buffer, at: number): number {
    const end = this.name.push(bytes, at);
    if (end === bytes.length) return end;
    const object = this.containers.at(-1);
    const name = this.name.text();
    this.projection =
      object === undefined || name === undefined ? undefined : member(object.projection, name);
    if (object !== undefined && this.projection !== undefined) {
      this.separate(object);
      this.name.addTo(this.text);
      this.text.addByte(COLON);
    }
    this.state = AFTER_NAME;
    return end + 1;
  }

  /** A number or a literal ends with the sign after it. */
  private scalar(bytes: Buffer, start: number): number {
    let end = start;
    while (end < bytes.length && isScalar(bytes[end] ?? 0)) end += 1;
    if (this.keep) this.text.add(bytes, start, end);
    if (end === bytes.length) return end;
    this.endValue();
    this.readByte(bytes[end] ?? 0);
    return end + 1;
  }

  private string(bytes: Buffer, start: number): number {
    const end = this.scanner.closingQuote(bytes, start);
    if (this.keep) this.text.addToString(bytes, start, end);
    if (end === bytes.length) return end;
    if (this.keep) this.text.addByte(QUOTE);
    if (this.depth === 0) this.endValue();
    else this.state = WHOLE;
    return end + 1;
  }

  /** Within an object or an array that is kept or skipped as a whole, outside its strings. */
  private whole(bytes: Buffer, start: number): number {
    const end = bytes.length;
    for (let at = start; at < end; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte > QUOTE && byte < OPEN_ARRAY) continue;
      if (byte === QUOTE) {
        if (this.keep) {
          this.text.add(bytes, start, at + 1);
          this.text.startString();
        }
        this.state = STRING;
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

  private afterValue(byte: number): void {
    if (byte !== COMMA) this.close(byte);
    else if (this.containers.at(-1)?.isArray === true) this.state = VALUE;
    else this.state = NEXT_MEMBER;
  }

  private close(byte: number): void {
    const container = this.containers.pop();
    if (byte !== (container?.isArray === true ? CLOSE_ARRAY : CLOSE_OBJECT)) {
      this.giveUp();
      return;
    }
    this.text.addByte(byte);
    this.endValue();
  }

  private endValue(): void {
    const container = this.containers.at(-1);
    this.state = container === undefined ? DONE : AFTER_VALUE;
    if (container?.isArray === true && this.isHandedOver()) this.handOver(container);
  }

  private isHandedOver(): boolean {
    return this.containers.length === 1 && this.onElement !== undefined;
  }

  /** Gives an element of the top array to `onElement` and forgets it. */
  private handOver(array: Container): void {
    // The bracket of the array stands before it, and two of its own would be all that was kept.
    const element = this.text.size > 3 ? this.text.parse(1) : undefined;
    this.text.truncate(1);
    array.count = 0;
    if (element !== undefined) this.onElement?.(element);
  }

  private separate(container: Container): void {
    if (container.count > 0) this.text.addByte(COMMA);
    container.count += 1;
  }

  /** The document cannot be JSON, or is nested too deep: what it said counts for nothing. */
  private giveUp(): void {
    this.state = GIVEN_UP;
    this.containers.length = 0;
    this.text.truncate(0);
  }
}

function member(projection: Projection, name: string): Projection | undefined {
  return projection !== true && Object.hasOwn(projection, name) ? projection[name] : undefined;
}

/** Whether a byte may stand in a number or a literal. */
function isScalar(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x2d ||
    byte === 0x2e ||
    byte === 0x2b ||
    byte === 0x45
  );
}
