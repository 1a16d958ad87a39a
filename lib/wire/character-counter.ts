const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const DIGIT_9 = 0x39;
const HEX_DIGITS = 4;

/** Counts the characters of a JSON string, without its quotes, as its bytes arrive; it keeps none of them. */
export class CharacterCounter {
  /** Code points so far; the two halves of a surrogate pair are one. */
  private count = 0;
  /** Bytes that are no UTF-8 are counted as the characters that replace them. */
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  private isEscaped = false;
  /** Digits that are still to come of an escape `\u….`, and the value of those before. */
  private digitsLeft = 0;
  private code = 0;
  private isAfterHighSurrogate = false;

  add(bytes: Uint8Array, start: number, end: number): void {
    this.addText(this.decoder.decode(bytes.subarray(start, end), { stream: true }));
  }

  /** The number of characters, once all bytes have arrived. */
  finish(): number {
    this.addText(this.decoder.decode());
    return this.count;
  }

  private addText(text: string): void {
    for (let at = 0; at < text.length; at += 1) this.addWritten(text.charCodeAt(at));
  }

  /** Adds a UTF-16 code unit as it is written, of which an escape has several. */
  private addWritten(unit: number): void {
    if (this.digitsLeft > 0) {
      this.code = this.code * 16 + (unit & 0xf) + (unit > DIGIT_9 ? 9 : 0);
      this.digitsLeft -= 1;
      if (this.digitsLeft === 0) this.addUnit(this.code);
    } else if (this.isEscaped) {
      this.isEscaped = false;
      if (unit !== LETTER_U) this.addUnit(unit);
      else {
        this.digitsLeft = HEX_DIGITS;
        this.code = 0;
      }
    } else if (unit === BACKSLASH) this.isEscaped = true;
    else this.addUnit(unit);
  }

  private addUnit(code: number): void {
    const isPairEnd = this.isAfterHighSurrogate && code >= 0xdc00 && code <= 0xdfff;
    if (!isPairEnd) this.count += 1;
    this.isAfterHighSurrogate = code >= 0xd800 && code <= 0xdbff;
  }
}
