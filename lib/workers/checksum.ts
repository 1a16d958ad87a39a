import * as zlib from 'node:zlib';

const POLYNOMIAL = 0xedb88320;

/** `zlib.crc32` came with Node.js 20.15. As a named import, it would fail to load before. */
const native = (zlib as { crc32?: typeof zlib.crc32 }).crc32;

let table: Uint32Array | undefined;

function createTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1;
    return rest;
  });
}

/** CRC-32 without the help of `node:zlib`. */
export function computeChecksum(bytes: Uint8Array, before = 0): number {
  table ??= createTable();
  let crc = ~before;
  for (const byte of bytes) crc = (crc >>> 8) ^ (table[(crc ^ byte) & 0xff] as number);
  return ~crc >>> 0;
}

/** The CRC-32 of bytes that follow others, whose CRC-32 is `before`. */
export const checksum: (bytes: Uint8Array, before?: number) => number = native ?? computeChecksum;
