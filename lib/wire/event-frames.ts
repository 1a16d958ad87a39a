import { INPUT_LIMITS } from '../catalogue/input-limits.js';

const HELD_BYTES_MAX = INPUT_LIMITS.heldEvent.value;

/** Length of the frame, length of its headers, and the checksum of these two. */
const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;

/** Headers of a frame whose values are text. */
export type FrameHeaders = Readonly<Record<string, string | undefined>>;

/** Receiver of the frames that a {@link FrameParser} finds. */
export interface Frames {
  /** One frame. The payload is valid during the call only. */
  frame(headers: FrameHeaders, payload: Buffer): void;
  /** The headers of a frame that is too large to be held. */
  largeFrame(headers: FrameHeaders): void;
  /** The next bytes of its payload. */
  largePayload(bytes: Buffer): void;
  /** Its end. */
  largeEnd(): void;
}

/**
 * Reads AWS's event stream (`application/vnd.amazon.eventstream`) as its bytes arrive, split at any position. A frame is
 * read only if its checksums are right; after one that is not, nothing more is read, because no boundary after it is
 * known.
 *
 * https://smithy.io/2.0/aws/amazon-eventstream.html
 */
export class FrameParser {
  private readonly frames: Frames;
  private readonly prelude = Buffer.alloc(PRELUDE_BYTES);
  /** The beginning of the current frame: all of it, or the prelude and the headers of a large one. */
  private held: Buffer;
  private heldBytes = 0;
  /** Bytes to hold before something can be read. */
  private wantedBytes = PRELUDE_BYTES;
  /** Bytes of a large payload that are still to come. */
  private largeBytes = 0;
  private largeChecksum = 0;
  private isBroken = false;
  /** The headers of the last frame, and one character for each of their bytes. */
  private headers: FrameHeaders | undefined;
  private writtenHeaders = '';

  constructor(frames: Frames) {
    this.frames = frames;
    this.held = this.prelude;
  }

  /** Reads the next bytes, and keeps no reference to them. */
  push(chunk: Uint8Array): void {
    let bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    while (bytes.length > 0 && !this.isBroken) {
      const taken = this.largeBytes > 0 ? this.takeLarge(bytes) : (this.takeWhole(bytes) ?? this.hold(bytes));
      bytes = bytes.subarray(taken);
    }
  }

  /** Reads a frame that a chunk contains completely, without a copy. */
  private takeWhole(bytes: Buffer): number | undefined {
    if (this.heldBytes > 0 || bytes.length < PRELUDE_BYTES) return undefined;
    const total = bytes.readUInt32BE(0);
    if (total > bytes.length || total > HELD_BYTES_MAX) return undefined;
    if (!isPrelude(bytes)) this.isBroken = true;
    else this.readFrame(bytes.subarray(0, total));
    return total === 0 ? bytes.length : total;
  }

  private hold(bytes: Buffer): number {
    const taken = bytes.copy(this.held, this.heldBytes, 0, this.wantedBytes - this.heldBytes);
    this.heldBytes += taken;
    if (this.heldBytes < this.wantedBytes) return taken;
    if (this.wantedBytes === PRELUDE_BYTES) this.readPrelude();
    else this.readHeld();
    return taken;
  }

  private readPrelude(): void {
    const { prelude } = this;
    if (!isPrelude(prelude)) {
      this.isBroken = true;
      return;
    }
    const total = prelude.readUInt32BE(0);
    const beforePayload = PRELUDE_BYTES + prelude.readUInt32BE(4);
    this.wantedBytes = total > HELD_BYTES_MAX ? beforePayload : total;
    this.held = Buffer.allocUnsafe(this.wantedBytes);
    prelude.copy(this.held);
    // A large frame without headers.
    if (this.wantedBytes === PRELUDE_BYTES) this.readHeld();
  }

  private readHeld(): void {
    const { held } = this;
    const total = held.readUInt32BE(0);
    this.held = this.prelude;
    this.heldBytes = 0;
    this.wantedBytes = PRELUDE_BYTES;
    if (total === held.length) {
      this.readFrame(held);
      return;
    }
    const headers = readHeaders(held.subarray(PRELUDE_BYTES));
    if (headers === undefined) {
      this.isBroken = true;
      return;
    }
    this.largeBytes = total - held.length;
    this.largeChecksum = updateChecksum(CHECKSUM_START, held, 0, held.length);
    this.frames.largeFrame(headers);
  }

  /** Passes a piece of a large payload on, and checks the frame at its end. */
  private takeLarge(bytes: Buffer): number {
    const payloadBytes = Math.min(bytes.length, Math.max(this.largeBytes - CHECKSUM_BYTES, 0));
    if (payloadBytes > 0) {
      const payload = bytes.subarray(0, payloadBytes);
      this.largeChecksum = updateChecksum(this.largeChecksum, payload, 0, payload.length);
      this.frames.largePayload(payload);
      this.largeBytes -= payloadBytes;
      return payloadBytes;
    }
    // The checksum itself, which may be split as well.
    const byte = bytes[0] ?? 0;
    this.largeBytes -= 1;
    if (byte !== ((~this.largeChecksum >>> (this.largeBytes * 8)) & 0xff)) this.isBroken = true;
    else if (this.largeBytes === 0) this.frames.largeEnd();
    return 1;
  }

  private readFrame(frame: Buffer): void {
    const end = frame.length - CHECKSUM_BYTES;
    const headersEnd = PRELUDE_BYTES + frame.readUInt32BE(4);
    const isWhole = frame.readUInt32BE(end) === checksum(frame, end);
    const headers = isWhole ? this.headersOf(frame, headersEnd) : undefined;
    if (headers === undefined) this.isBroken = true;
    else this.frames.frame(headers, frame.subarray(headersEnd, end));
  }

  /** Reads headers once for frames that follow each other with the same ones, as the events of a text do. */
  private headersOf(frame: Buffer, end: number): FrameHeaders | undefined {
    const written = frame.toString('latin1', PRELUDE_BYTES, end);
    if (this.headers === undefined || written !== this.writtenHeaders) {
      this.headers = readHeaders(frame.subarray(PRELUDE_BYTES, end));
      this.writtenHeaders = written;
    }
    return this.headers;
  }
}

/** Whether bytes begin with a prelude whose lengths and checksum are right. Headers have to be held. */
function isPrelude(bytes: Buffer): boolean {
  const total = bytes.readUInt32BE(0);
  const beforePayload = PRELUDE_BYTES + bytes.readUInt32BE(4);
  return (
    beforePayload <= total - CHECKSUM_BYTES &&
    beforePayload <= HELD_BYTES_MAX &&
    bytes.readUInt32BE(8) === checksum(bytes, 8)
  );
}

const STRING_TYPE = 7;

/** Bytes of a value by its type: true, false, byte, short, integer, long, bytes, string, timestamp, UUID. */
const VALUE_BYTES = [0, 0, 1, 2, 4, 8, undefined, undefined, 8, 16] as const;

/** Reads headers; `undefined` if they are malformed. Only text is kept. */
function readHeaders(bytes: Buffer): FrameHeaders | undefined {
  const headers = Object.create(null) as Record<string, string>;
  for (let at = 0; at < bytes.length; ) {
    const nameEnd = at + 1 + (bytes[at] ?? 0);
    const type = bytes[nameEnd];
    if (type === undefined || type >= VALUE_BYTES.length) return undefined;
    const fixedBytes = VALUE_BYTES[type];
    let start = nameEnd + 1;
    if (fixedBytes === undefined) {
      if (start + 2 > bytes.length) return undefined;
      start += 2;
    }
    const end = start + (fixedBytes ?? bytes.readUInt16BE(start - 2));
    if (end > bytes.length) return undefined;
    if (type === STRING_TYPE) {
      headers[bytes.toString('utf8', at + 1, nameEnd)] = bytes.toString('utf8', start, end);
    }
    at = end;
  }
  return headers;
}

/** CRC-32 of IEEE 802.3, a byte at a time. */
const CHECKSUMS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

const CHECKSUM_START = -1;

function updateChecksum(known: number, bytes: Uint8Array, start: number, end: number): number {
  let value = known;
  for (let at = start; at < end; at += 1) {
    value = (value >>> 8) ^ (CHECKSUMS[(value ^ (bytes[at] as number)) & 0xff] as number);
  }
  return value;
}

/** The checksum of the first bytes. */
function checksum(bytes: Uint8Array, end: number): number {
  return ~updateChecksum(CHECKSUM_START, bytes, 0, end) >>> 0;
}
