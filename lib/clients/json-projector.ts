import { ProjectedText } from './projected-text.js';
import { StringScanner } from './string-scanner.js';

/** What to keep of a JSON document: `true` the value whole, an object only these members. Arrays are transparent. */
export type Projection = true | { readonly [member: string]: Projection };

/** Longer names are none of those looked for. */
const NAME_BYTES_MAX = 64;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const NULL = Buffer.from('null');

/** Where the projector stands in the document. */
const VALUE = 0;
const MEMBER = 1;
const MEMBER_NAME = 2;
const AFTER_NAME = 3;
const ELEMENT = 4;
const WHOLE = 5;
const WHOLE_STRING = 6;
const DONE = 7;

interface Container {
  readonly isArray: boolean;
  readonly projection: Projection;
  count: number;
}

/**
 * Reads a JSON document as its bytes come by and keeps only the parts of a {@link Projection}, so that a body of
 * any size costs one pass and a bounded amount of memory. Strings beyond 4 KiB are kept as `"…"`.
 *
 * It does not validate: what was kept is parsed at the end, and a document that was cut off, is not JSON or kept
 * more than 64 KiB yields `undefined`.
 */
export class JsonProjector {
  private readonly elementProjection: Projection | undefined;
  private readonly onElement: ((element: unknown) => void) | undefined;
  private readonly containers: Container[] = [];
  private readonly name = Buffer.allocUnsafe(NAME_BYTES_MAX);
  private nameLength = 0;
  private isNameKnown = true;
  private state = VALUE;
  private projection: Projection | undefined;
  /** Depth within a value that is kept or skipped as a whole. */
  private depth = 0;
  private keep = false;
  private isEscaped = false;
  private readonly scanner = new StringScanner();
  private readonly text = new ProjectedText();

  /**
   * @param projection - what to keep.
   * @param elementProjection - what to keep of the elements of a document that is an array, if not the same.
   * @param onElement - called for each of these elements, which are then not kept any longer.
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
    while (at < bytes.length) {
      switch (this.state) {
        case VALUE:
          at = this.value(bytes, at);
          break;
        case MEMBER:
          at = this.member(bytes, at);
          break;
        case MEMBER_NAME:
          at = this.memberName(bytes, at);
          break;
        case AFTER_NAME:
          if (bytes[at] === COLON) this.state = VALUE;
          at += 1;
          break;
        case ELEMENT:
          at = this.element(bytes, at);
          break;
        case WHOLE:
          at = this.whole(bytes, at);
          break;
        case WHOLE_STRING:
          at = this.wholeString(bytes, at);
          break;
        default:
          return;
      }
    }
  }

  /** What was kept, or `undefined` when the document was not whole. */
  finish(): unknown {
    // A number or a literal at the top has no end of its own.
    if (this.state === WHOLE && this.depth === 0 && this.containers.length === 0) this.state = DONE;
    return this.state === DONE ? this.text.parse(0) : undefined;
  }

  /** At the first byte of a value. */
  private value(bytes: Buffer, at: number): number {
    const byte = bytes[at] ?? 0;
    // Beyond ASCII only a byte order mark can stand here.
    if (byte <= 0x20 || byte >= 0x80) return at + 1;
    const projection = this.projection;
    const isContainer = byte === OPEN_OBJECT || byte === OPEN_ARRAY;
    if (isContainer && projection !== undefined && projection !== true) {
      const isArray = byte === OPEN_ARRAY;
      const inside = isArray && this.containers.length === 0 ? this.elementProjection : undefined;
      this.containers.push({ isArray, projection: inside ?? projection, count: 0 });
      this.state = isArray ? ELEMENT : MEMBER;
      this.text.addByte(byte);
      return at + 1;
    }
    this.keep = projection !== undefined;
    this.depth = 0;
    this.state = WHOLE;
    return at;
  }

  /** Between the members of an object of which some are kept. */
  private member(bytes: Buffer, at: number): number {
    const byte = bytes[at];
    if (byte === QUOTE) {
      this.nameLength = 0;
      this.isNameKnown = true;
      this.state = MEMBER_NAME;
    } else if (byte === CLOSE_OBJECT) {
      this.close(CLOSE_OBJECT);
    }
    return at + 1;
  }

  private memberName(bytes: Buffer, at: number): number {
    const byte = bytes[at] ?? 0;
    if (byte !== QUOTE || this.isEscaped) {
      this.isEscaped = byte === BACKSLASH && !this.isEscaped;
      // A name with an escape in it is none of those looked for.
      if (this.isEscaped || this.nameLength === NAME_BYTES_MAX) this.isNameKnown = false;
      if (this.isNameKnown) this.name[this.nameLength++] = byte;
      return at + 1;
    }
    this.projection = this.lookUp();
    if (this.projection !== undefined) {
      this.separate();
      this.text.addByte(QUOTE);
      this.text.add(this.name, 0, this.nameLength);
      this.text.addByte(QUOTE);
      this.text.addByte(COLON);
    }
    this.state = AFTER_NAME;
    return at + 1;
  }

  private lookUp(): Projection | undefined {
    const projection = this.containers.at(-1)?.projection;
    if (projection === undefined || projection === true || !this.isNameKnown) return undefined;
    const name = this.name.toString('latin1', 0, this.nameLength);
    return Object.hasOwn(projection, name) ? projection[name] : undefined;
  }

  /** Between the elements of an array of which parts are kept. */
  private element(bytes: Buffer, at: number): number {
    const byte = bytes[at] ?? 0;
    if (byte <= 0x20 || byte === COMMA) return at + 1;
    if (byte === CLOSE_ARRAY) {
      this.close(CLOSE_ARRAY);
      return at + 1;
    }
    const array = this.containers.at(-1);
    this.separate();
    this.projection = array?.projection;
    // A bare number or string is not what an object projection asks for, and there may be thousands of them.
    if (byte !== OPEN_OBJECT && byte !== OPEN_ARRAY) {
      this.projection = undefined;
      this.text.add(NULL, 0, NULL.length);
    }
    this.state = VALUE;
    return at;
  }

  /** Within a value that is kept or skipped as a whole, outside its strings. */
  private whole(bytes: Buffer, start: number): number {
    const end = bytes.length;
    let at = start;
    for (; at < end; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte > QUOTE && byte < OPEN_ARRAY && byte !== COMMA) continue;
      if (byte === QUOTE) {
        if (this.keep) {
          this.text.add(bytes, start, at + 1);
          this.text.startString();
        }
        this.state = WHOLE_STRING;
        return at + 1;
      }
      if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        this.depth += 1;
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        if (this.depth === 0) return this.endWhole(bytes, start, at);
        this.depth -= 1;
        if (this.depth === 0) return this.endWhole(bytes, start, at + 1);
      } else if (byte === COMMA && this.depth === 0) {
        return this.endWhole(bytes, start, at);
      }
    }
    if (this.keep) this.text.add(bytes, start, end);
    return end;
  }

  private endWhole(bytes: Buffer, start: number, end: number): number {
    if (this.keep) this.text.add(bytes, start, end);
    this.afterValue();
    return end;
  }

  private wholeString(bytes: Buffer, start: number): number {
    const end = this.scanner.closingQuote(bytes, start);
    if (this.keep) this.text.addToString(bytes, start, end);
    if (end === bytes.length) return end;
    if (this.keep) this.text.addByte(QUOTE);
    if (this.depth === 0) this.afterValue();
    else this.state = WHOLE;
    return end + 1;
  }

  private close(byte: number): void {
    this.text.addByte(byte);
    this.containers.pop();
    this.afterValue();
  }

  private afterValue(): void {
    const container = this.containers.at(-1);
    if (container === undefined) {
      this.state = DONE;
    } else if (container.isArray) {
      this.state = ELEMENT;
      if (this.containers.length === 1 && this.onElement !== undefined) this.handOver(container);
    } else {
      this.state = MEMBER;
    }
  }

  /** Gives an element of the top array to `onElement` and forgets it. */
  private handOver(array: Container): void {
    const element = this.text.parse(1);
    this.text.truncate(1);
    array.count = 0;
    if (element !== undefined) this.onElement?.(element);
  }

  private separate(): void {
    const container = this.containers.at(-1);
    if (container === undefined) return;
    if (container.count > 0) this.text.addByte(COMMA);
    container.count += 1;
  }
}
