import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { JsonProjector, type Projection } from './json-projector.js';

const HELD_BYTES_MAX = INPUT_LIMITS.heldEvent.value;

/** `EF BB BF` as latin1. */
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';
const DATA_FIELD = 'data:';
const BARE_DATA = 'data';
const D = 0x64;
const SPACE = 0x20;

/** What a {@link SseParser} hands over. */
export interface SseEvents {
  /**
   * One event.
   *
   * @param data - its data, one character for each BYTE: use {@link decodeData} to read it as text.
   */
  event(data: string): void;
  /** An event too large to be held, as far as the projection keeps it; `undefined` when it is not JSON. */
  largeEvent(data: unknown): void;
}

/** The text of an event's data. */
export function decodeData(data: string): string {
  return Buffer.from(data, 'latin1').toString('utf8');
}

/**
 * Reads server-sent events as their bytes come by, cut at any place, with LF, CRLF or CR line ends.
 *
 * Bytes are looked at as latin1 text: line ends and JSON syntax are ASCII, a conversion costs a copy and no more,
 * and characters cut in two need no care. Event names are not read: every provider repeats them in the data.
 */
export class SseParser {
  private readonly projection: Projection;
  private readonly events: SseEvents;
  /** The line that has not ended yet. */
  private line = '';
  private isFirstLine = true;
  private skipLineFeed = false;
  /** The data lines of the event that has not ended yet. */
  private data: string | undefined;
  private projector: JsonProjector | undefined;
  /** What becomes of the line that has not ended yet. */
  private lineUse: 'held' | 'projected' | 'ignored' = 'held';

  /** @param projection - what to keep of an event that is too large to be held. */
  constructor(projection: Projection, events: SseEvents) {
    this.projection = projection;
    this.events = events;
  }

  /** Reads the next bytes. They are not referred to afterwards. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    let text = latin1(chunk);
    let start = this.skipLineFeed && text.startsWith('\n') ? 1 : 0;
    this.skipLineFeed = text.endsWith('\r');
    if (text.includes('\r')) text = text.replace(/\r\n?/g, '\n');
    for (let end = text.indexOf('\n', start); end !== -1; end = text.indexOf('\n', start)) {
      if (this.line === '' && this.lineUse === 'held') this.readLine(text, start, end);
      else this.endLine(text.slice(start, end));
      start = end + 1;
    }
    if (start < text.length) this.addToLine(text.slice(start));
  }

  /** Reads what the last event left open; some servers omit the blank line that should end it. */
  finish(): void {
    this.endLine('');
    this.dispatch();
  }

  private addToLine(text: string): void {
    if (this.lineUse === 'projected') this.projector?.push(Buffer.from(text, 'latin1'));
    if (this.lineUse !== 'held') return;
    // Appending does not copy: the engine joins the pieces when the line is looked at.
    this.line += text;
    if (this.line.length <= HELD_BYTES_MAX) return;
    const data = dataStart(this.line, this.lineStart(this.line, 0), this.line.length);
    if (data !== -1) this.project(this.line.slice(data));
    this.lineUse = data === -1 ? 'ignored' : 'projected';
    this.line = '';
  }

  private endLine(text: string): void {
    if (this.lineUse === 'held') {
      const line = this.line + text;
      if (line !== '') this.readLine(line, 0, line.length);
    } else {
      this.addToLine(text);
    }
    this.lineUse = 'held';
    this.line = '';
  }

  private readLine(text: string, from: number, end: number): void {
    const start = this.lineStart(text, from);
    if (start === end) {
      this.dispatch();
    } else if (text.charCodeAt(start) === D) {
      const data = dataStart(text, start, end);
      if (data !== -1) this.addData(text.slice(data, end));
    }
  }

  /** Where a line begins: the first one after a byte order mark. */
  private lineStart(text: string, from: number): number {
    const hasMark = this.isFirstLine && text.startsWith(BYTE_ORDER_MARK, from);
    this.isFirstLine = false;
    return hasMark ? from + BYTE_ORDER_MARK.length : from;
  }

  private addData(line: string): void {
    if (this.projector !== undefined) this.project(line);
    else if (this.data === undefined) this.data = line;
    else if (this.data.length + line.length > HELD_BYTES_MAX) this.project(line);
    else this.data += `\n${line}`;
  }

  /** Goes on without holding the data. */
  private project(line: string): void {
    if (this.projector === undefined) {
      this.projector = new JsonProjector(this.projection);
      if (this.data !== undefined) this.projector.push(Buffer.from(this.data, 'latin1'));
      this.data = undefined;
    }
    // A line end between two pieces of JSON is white space.
    this.projector.push(Buffer.from(`\n${line}`, 'latin1'));
  }

  private dispatch(): void {
    if (this.data !== undefined) this.events.event(this.data);
    else if (this.projector !== undefined) this.events.largeEvent(this.projector.finish());
    this.data = undefined;
    this.projector = undefined;
  }
}

/** Larger chunks hold many events, among which the cost of a view is divided. */
const COPIED_BYTES_MAX = 16_384;

/** Where chunks are copied to: making a view of each costs more than the copy and the text together. */
let copy: Buffer | undefined;

function latin1(chunk: Uint8Array): string {
  if (chunk.length > COPIED_BYTES_MAX) {
    return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
  }
  copy ??= Buffer.allocUnsafeSlow(COPIED_BYTES_MAX);
  copy.set(chunk);
  return copy.toString('latin1', 0, chunk.length);
}

/** Where the data of a line begins, or -1 when it is none. */
function dataStart(text: string, start: number, end: number): number {
  if (text.startsWith(DATA_FIELD, start)) {
    const at = start + DATA_FIELD.length;
    return text.charCodeAt(at) === SPACE ? at + 1 : at;
  }
  // A field without a colon has no data, and is a line of it nevertheless.
  return end - start === BARE_DATA.length && text.startsWith(BARE_DATA, start) ? end : -1;
}
