/** What is told of a body while its consumer reads it. No method throws. */
export interface BodyTap<Piece = Uint8Array> {
  chunk(piece: Piece): void;
  /** All was read. */
  end(): void;
  /** Reading failed. */
  fail(error: unknown): void;
  /** The consumer gave up. */
  cancel(): void;
  /** The garbage collector found the body; its consumer gave it up some time before. */
  abandon(): void;
}
