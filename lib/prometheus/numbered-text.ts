import { formatNumber } from './format-number.js';
import { digitCount, type PageWriter } from './page-writer.js';

/** No number is longer; a slot that is longer holds an exemplar too. */
const NUMBER_BYTES_MAX = 25;
const SLOTS_AT_FIRST = 8;
const GROWTH = 1.5;

/**
 * Where the numbers lie in a text whose other bytes stay the same from page to page.
 *
 * Flat arrays, because a page of a thousand histograms has nineteen thousand numbers.
 */
export class NumberedText {
  private values = new Float64Array(SLOTS_AT_FIRST);
  private positions = new Int32Array(SLOTS_AT_FIRST);
  private lengths = new Int32Array(SLOTS_AT_FIRST);
  private count = 0;

  /** The number of slots. */
  get size(): number {
    return this.count;
  }

  /** The number that a slot shows. */
  value(slot: number): number {
    return this.values[slot] as number;
  }

  /** Where a slot's text ends: in the page before, or in this one once the slot is kept, set or added. */
  end(slot: number): number {
    return (this.positions[slot] as number) + (this.lengths[slot] as number);
  }

  /** Leaves slots and the text around them as they are. */
  keep(writer: PageWriter, from: number, to: number): void {
    const { shift } = writer;
    if (shift === 0) return;
    for (let slot = from; slot < to; slot++) this.positions[slot] = (this.positions[slot] as number) + shift;
  }

  /**
   * Shows another number in a slot.
   *
   * @param suffix - text that follows the number: an exemplar, or nothing
   */
  set(writer: PageWriter, slot: number, value: number, suffix: string): void {
    const before = this.positions[slot] as number;
    const lengthBefore = this.lengths[slot] as number;
    if (suffix === '') {
      const isSame = this.values[slot] === value && lengthBefore <= NUMBER_BYTES_MAX;
      if (isSame || digitCount(value) === lengthBefore) {
        const position = before + writer.shift;
        this.positions[slot] = position;
        if (isSame) return;
        this.values[slot] = value;
        writer.overwrite(value, position + lengthBefore);
        return;
      }
    }
    writer.copyTo(before);
    this.write(writer, slot, value, suffix);
    writer.skipTo(before + lengthBefore);
  }

  /** Writes a number where the writer is and remembers it in a new slot. */
  add(writer: PageWriter, value: number, suffix: string): void {
    if (this.count === this.values.length) this.grow();
    this.write(writer, this.count++, value, suffix);
  }

  /** Forgets the slots from one on. */
  truncate(count: number): void {
    this.count = count;
  }

  private write(writer: PageWriter, slot: number, value: number, suffix: string): void {
    const position = writer.position;
    const digits = digitCount(value);
    if (digits > 0) writer.digits(value, digits);
    else writer.text(formatNumber(value));
    if (suffix !== '') writer.text(suffix);
    this.values[slot] = value;
    this.positions[slot] = position;
    this.lengths[slot] = writer.position - position;
  }

  private grow(): void {
    const size = Math.ceil(this.count * GROWTH);
    const { values, positions, lengths } = this;
    this.values = new Float64Array(size);
    this.positions = new Int32Array(size);
    this.lengths = new Int32Array(size);
    this.values.set(values);
    this.positions.set(positions);
    this.lengths.set(lengths);
  }
}
