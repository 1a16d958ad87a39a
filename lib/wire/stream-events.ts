/** Receiver of the events that a parser of streams finds. */
export interface StreamEvents {
  /**
   * One event.
   *
   * @param data - its data, one character for each BYTE: `decodeData` reads it as text.
   */
  event(data: string): void;
  /**
   * The part of an event too large to be held that the projection keeps; `undefined` if it is not JSON.
   *
   * @param isTooLarge - whether it exceeded a limit of the projection, so that nothing of it may be kept.
   */
  largeEvent(data: unknown, isTooLarge: boolean): void;
}
