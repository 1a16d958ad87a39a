import { checksum } from './checksum.js';

/** What a file of values says beside the values. */
export interface ValuesHeader {
  readonly sequence: number;
  readonly atMs: number;
  readonly isEnded: boolean;
  /** How many bytes of the description the values refer to, and their checksum. */
  readonly described: { readonly bytes: number; readonly checksum: number };
}

/** A whole file of values; `format` for one of another version, `torn` for one that is not whole or not of that life. */
export type DecodedValues = (ValuesHeader & { readonly values: Float64Array }) | 'format' | 'torn';

/** Changes with each change of the layout. */
const VERSION = 1;
const MAGIC = 0x5645_4c4c;
/** A multiple of eight, so that the values can be read in place. */
const HEADER_BYTES = 64;
/** What the checksum covers starts here. */
const CHECKED_FROM = 12;
const ID_AT = 12;
const ID_BYTES = 12;
const AT = {
  magic: 0,
  version: 4,
  checksum: 8,
  sequence: 24,
  time: 32,
  flags: 40,
  bytes: 44,
  of: 48,
  count: 52,
};
const ENDED = 1;

/**
 * The bytes of a file of values. All of it belongs to one machine, so numbers have the machine's byte order.
 *
 * @param into - memory of an earlier file that may be used again.
 */
export function encodeValues(id: string, header: ValuesHeader, values: Float64Array, into?: Buffer): Buffer {
  const length = HEADER_BYTES + values.byteLength;
  const memory =
    into !== undefined && into.buffer.byteLength >= length ? into.buffer : new ArrayBuffer(grown(length));
  const bytes = Buffer.from(memory, 0, length);
  const view = new DataView(memory as ArrayBuffer);
  view.setUint32(AT.magic, MAGIC, true);
  view.setUint32(AT.version, VERSION, true);
  bytes.write(id, ID_AT, ID_BYTES, 'latin1');
  view.setFloat64(AT.sequence, header.sequence, true);
  view.setFloat64(AT.time, header.atMs, true);
  view.setUint32(AT.flags, header.isEnded ? ENDED : 0, true);
  view.setUint32(AT.bytes, header.described.bytes, true);
  view.setUint32(AT.of, header.described.checksum, true);
  view.setUint32(AT.count, values.length, true);
  new Float64Array(memory as ArrayBuffer, HEADER_BYTES, values.length).set(values);
  view.setUint32(AT.checksum, checksum(bytes.subarray(CHECKED_FROM)), true);
  return bytes;
}

/** Room for some more series, so that memory is seldom made anew. */
const grown = (length: number): number => Math.ceil((length * 1.25) / 8) * 8;

/** Reads a file of values. What follows the values is not looked at. */
export function decodeValues(id: string, bytes: Buffer): DecodedValues {
  if (bytes.length < HEADER_BYTES) return 'torn';
  if (bytes.readUInt32LE(AT.magic) !== MAGIC) return 'torn';
  if (bytes.readUInt32LE(AT.version) !== VERSION) return 'format';
  const end = HEADER_BYTES + bytes.readUInt32LE(AT.count) * 8;
  if (bytes.length < end) return 'torn';
  if (bytes.toString('latin1', ID_AT, ID_AT + ID_BYTES) !== id) return 'torn';
  if (checksum(bytes.subarray(CHECKED_FROM, end)) !== bytes.readUInt32LE(AT.checksum)) return 'torn';
  const from = bytes.byteOffset + HEADER_BYTES;
  const values = bytes.buffer.slice(from, bytes.byteOffset + end) as ArrayBuffer;
  return {
    sequence: bytes.readDoubleLE(AT.sequence),
    atMs: bytes.readDoubleLE(AT.time),
    isEnded: (bytes.readUInt32LE(AT.flags) & ENDED) !== 0,
    described: { bytes: bytes.readUInt32LE(AT.bytes), checksum: bytes.readUInt32LE(AT.of) },
    values: new Float64Array(values),
  };
}
