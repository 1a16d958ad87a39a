import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import type { Projection } from './json.js';
import { JsonProjector } from './json-projector.js';
import type { StreamEvents } from './stream-events.js';

const HELD_BYTES_MAX = INPUT_LIMITS.heldEvent.value;

/** `EF BB BF` as latin1. */
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';

/**
 * Reads newline-delimited JSON as its bytes arrive, split at any position: one event a line. A carriage return before
 * the line end is white space in JSON. A line that is too long to be held is projected.
 *
 * Bytes are decoded as latin1, as by the `SseParser`.
 */
export class NdjsonParser {
  private readonly projection: Projection;
  private readonly events: StreamEvents;
  /** The line that has not ended yet. */
  private line = '';
  private isFirstLine = true;
  /** Reads the line that has not ended yet if it is too long to be held. */
  private projector: JsonProjector | undefined;

  /** @param projection - what to keep of a line that is too long to be held. */
  constructor(projection: Projection, events: StreamEvents) {
    this.projection = projection;
    this.events = events;
  }

  /** Reads the next bytes, and keeps no reference to them. */
  push(chunk: Uint8Array): void {
    const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      this.add(text.slice(start, end));
      this.endLine();
      start = end + 1;
    }
    if (start < text.length) this.add(text.slice(start));
  }

  /** Reads the last line if it has not ended. */
  finish(): void {
    this.endLine();
  }

  private add(text: string): void {
    if (this.projector !== undefined) {
      this.projector.push(Buffer.from(text, 'latin1'));
      return;
    }
    // Appending does not copy, because the engine joins the strings only when the line is examined.
    this.line += text;
    if (this.line.length <= HELD_BYTES_MAX) return;
    this.projector = new JsonProjector(this.projection);
    this.projector.push(Buffer.from(this.takeLine(), 'latin1'));
  }

  private endLine(): void {
    const { projector } = this;
    if (projector !== undefined) {
      this.projector = undefined;
      this.events.largeEvent(projector.finish(), projector.isTooLarge);
      return;
    }
    const line = this.takeLine();
    if (line.trim() !== '') this.events.event(line);
  }

  /** The held line, which is then forgotten. The first one may start with a byte order mark. */
  private takeLine(): string {
    const { line } = this;
    const hasMark = this.isFirstLine && line.startsWith(BYTE_ORDER_MARK);
    this.isFirstLine = false;
    this.line = '';
    return hasMark ? line.slice(BYTE_ORDER_MARK.length) : line;
  }
}
