const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const DIGIT_9 = 0x39;
const HEX_DIGITS = 4;

/** Counts the characters of a JSON string, without its quotes, as its bytes arrive; it keeps none of them. */
export class CharacterCounter {
  /** Code points so far; the two halves of a surrogate pair are one. */
  count = 0;
  private isEscaped = false;
  /** Digits that are still to come of an escape `\u….`, and the value of those before. */
  private digitsLeft = 0;
  private code = 0;
  private isAfterHighSurrogate = false;

  add(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; at += 1) this.addByte(bytes[at] ?? 0);
  }

  private addByte(byte: number): void {
    if (this.digitsLeft > 0) {
      this.code = this.code * 16 + (byte & 0xf) + (byte > DIGIT_9 ? 9 : 0);
      this.digitsLeft -= 1;
      if (this.digitsLeft === 0) this.addUnit(this.code);
    } else if (this.isEscaped) {
      this.isEscaped = false;
      if (byte !== LETTER_U) this.addUnit(byte);
      else {
        this.digitsLeft = HEX_DIGITS;
        this.code = 0;
      }
    } else if (byte === BACKSLASH) this.isEscaped = true;
    // Later bytes of a character begin with the bits 10.
    else if ((byte & 0xc0) !== 0x80) this.addUnit(byte);
  }

  private addUnit(code: number): void {
    const isPairEnd = this.isAfterHighSurrogate && code >= 0xdc00 && code <= 0xdfff;
    if (!isPairEnd) this.count += 1;
    this.isAfterHighSurrogate = code >= 0xd800 && code <= 0xdbff;
  }
}
