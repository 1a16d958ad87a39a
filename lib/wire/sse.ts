import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import type { Projection } from './json.js';
import { JsonProjector } from './json-projector.js';
import type { StreamEvents } from './stream-events.js';

const HELD_BYTES_MAX = INPUT_LIMITS.heldEvent.value;

/** `EF BB BF` as latin1. */
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';
const SPACE = 0x20;

/** The text of an event's data. */
export function decodeData(data: string): string {
  return Buffer.from(data, 'latin1').toString('utf8');
}

/**
 * Reads server-sent events as their bytes arrive, split at any position, with LF, CRLF or CR line ends.
 *
 * Bytes are decoded as latin1: line ends and JSON syntax are ASCII, the conversion is a plain copy, and a character
 * that is split between two chunks needs no special handling. Event names are ignored, because every provider repeats
 * them in the data.
 */
export class SseParser {
  private readonly projection: Projection;
  private readonly events: StreamEvents;
  /** The line that has not ended yet. */
  private line = '';
  private isFirstLine = true;
  private skipLineFeed = false;
  /** The data lines of the event that has not ended yet. */
  private data: string | undefined;
  /** Reads the data of an event that is too large to be held. */
  private projector: JsonProjector | undefined;
  /** How to handle the remaining bytes of a line that is too long to be held. */
  private longLine: 'projected' | 'ignored' | undefined;

  /** @param projection - what to keep of an event that is too large to be held. */
  constructor(projection: Projection, events: StreamEvents) {
    this.projection = projection;
    this.events = events;
  }

  /** Reads the next bytes, and keeps no reference to them. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    let text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    let start = this.skipLineFeed && text.startsWith('\n') ? 1 : 0;
    this.skipLineFeed = text.endsWith('\r');
    if (text.includes('\r')) text = text.replaceAll('\r\n', '\n').replaceAll('\r', '\n');
    for (let end = text.indexOf('\n', start); end !== -1; end = text.indexOf('\n', start)) {
      this.endLine(text.slice(start, end));
      start = end + 1;
    }
    if (start < text.length) this.addToLine(text.slice(start));
  }

  /** Reads the last event if it has not ended, because some servers omit the blank line after it. */
  finish(): void {
    if (this.line !== '' || this.longLine !== undefined) this.endLine('');
    this.dispatch();
  }

  private endLine(text: string): void {
    if (this.longLine === undefined) this.readLine(this.line + text);
    else this.addToLine(text);
    this.longLine = undefined;
    this.line = '';
  }

  private addToLine(text: string): void {
    if (this.longLine === 'projected') this.projector?.push(Buffer.from(text, 'latin1'));
    if (this.longLine !== undefined) return;
    // Appending does not copy, because the engine joins the strings only when the line is examined.
    this.line += text;
    if (this.line.length <= HELD_BYTES_MAX) return;
    const data = dataOf(this.withoutMark(this.line));
    if (data !== undefined) this.project(data);
    this.longLine = data === undefined ? 'ignored' : 'projected';
    this.line = '';
  }

  private readLine(written: string): void {
    const line = this.withoutMark(written);
    if (line === '') {
      this.dispatch();
      return;
    }
    const data = dataOf(line);
    if (data === undefined) return;
    const heldLength = this.data?.length ?? 0;
    // A long line may also arrive in a single chunk.
    if (this.projector !== undefined || heldLength + data.length > HELD_BYTES_MAX) this.project(data);
    else this.data = this.data === undefined ? data : `${this.data}\n${data}`;
  }

  /** The first line may start with a byte order mark. */
  private withoutMark(line: string): string {
    const hasMark = this.isFirstLine && line.startsWith(BYTE_ORDER_MARK);
    this.isFirstLine = false;
    return hasMark ? line.slice(BYTE_ORDER_MARK.length) : line;
  }

  /** Passes data to the projector instead of holding it. */
  private project(line: string): void {
    if (this.projector === undefined) {
      this.projector = new JsonProjector(this.projection);
      this.projector.push(Buffer.from(this.data ?? '', 'latin1'));
      this.data = undefined;
    }
    // Data lines are joined by a line end, which is white space in JSON.
    this.projector.push(Buffer.from(`\n${line}`, 'latin1'));
  }

  private dispatch(): void {
    if (this.data !== undefined) this.events.event(this.data);
    else if (this.projector !== undefined)
      this.events.largeEvent(this.projector.finish(), this.projector.isTooLarge);
    this.data = undefined;
    this.projector = undefined;
  }
}

/** The data of a line; `undefined` if the line is not data. */
function dataOf(line: string): string | undefined {
  if (line.startsWith('data:')) return line.slice(line.charCodeAt(5) === SPACE ? 6 : 5);
  // A field without a colon has an empty value.
  return line === 'data' ? '' : undefined;
}
