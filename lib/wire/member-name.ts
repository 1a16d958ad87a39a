import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import type { ProjectedText } from './projected-text.js';

/** Longer names are none of those looked for, even where each of their characters is written as `\u….` */
const NAME_BYTES_MAX = INPUT_LIMITS.memberName.value;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The name of a member of a JSON object, whose bytes come in pieces. */
export class MemberName {
  private readonly bytes = Buffer.allocUnsafe(NAME_BYTES_MAX);
  private length = 0;
  private isHeld = true;
  private hasEscape = false;
  private isEscaped = false;

  /** Begins the next name. */
  start(): void {
    this.length = 0;
    this.isHeld = true;
    this.hasEscape = false;
    this.isEscaped = false;
  }

  /** Reads up to the quote that ends the name; returns its index, or the length when it is not among these bytes. */
  push(bytes: Buffer, start: number): number {
    let at = start;
    for (; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE && !this.isEscaped) return at;
      this.isEscaped = byte === BACKSLASH && !this.isEscaped;
      if (this.isEscaped) this.hasEscape = true;
      if (this.length === NAME_BYTES_MAX) this.isHeld = false;
      else this.bytes[this.length++] = byte;
    }
    return at;
  }

  /** The name; `undefined` when it is too long or has an escape that JSON does not know. */
  text(): string | undefined {
    if (!this.isHeld) return undefined;
    const name = this.bytes.toString('latin1', 0, this.length);
    return this.hasEscape ? decodeName(name) : name;
  }

  /** Copies the name as it is written, quotes included. */
  addTo(text: ProjectedText): void {
    text.addByte(QUOTE);
    text.add(this.bytes, 0, this.length);
    text.addByte(QUOTE);
  }
}

function decodeName(name: string): string | undefined {
  try {
    return JSON.parse(`"${name}"`) as string;
  } catch {
    // None of those looked for; whoever reads the document will find out what is wrong with it.
    return undefined;
  }
}
