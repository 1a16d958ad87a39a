import fc from 'fast-check';

/** The same bytes in pieces, each a view of memory that is overwritten once the piece has been read. */
export function feedInPieces(
  bytes: Uint8Array,
  cuts: readonly number[],
  push: (piece: Uint8Array) => void,
): void {
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let start = 0;
  for (const end of [...ends, bytes.length]) {
    const piece = bytes.slice(start, end);
    push(piece);
    piece.fill(0x22);
    start = end;
  }
}

/** Places to cut any number of bytes at. */
export const arbitraryCuts: fc.Arbitrary<readonly number[]> = fc.array(fc.nat(), { maxLength: 40 });

/** A cut after every byte. */
export function everyByte(bytes: Uint8Array): number[] {
  return Array.from(bytes, (_, index) => index);
}

/** The same bytes in pieces. */
export function piecesOf(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  feedInPieces(bytes, cuts, (piece) => pieces.push(piece.slice()));
  return pieces.filter((piece) => piece.length > 0);
}
