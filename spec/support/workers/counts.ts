import type { Arithmetic, GroupReading, Published } from '../../../lib/merge/published.js';

/** Sums by the text of their line. */
export type Counts = Readonly<Record<string, number>>;

function plus(counts: Counts, { lines, values }: Published): Counts {
  const sums: Record<string, number> = { ...counts };
  for (const [index, value] of values.entries()) {
    const line = String(lines[index]);
    sums[line] = (sums[line] ?? 0) + value;
  }
  return sums;
}

/** Adds up one number a line: as much arithmetic as the protocol of the files needs. */
export const COUNTS: Arithmetic<Counts> = {
  empty: {},
  add: plus,
  encode: (counts) => Buffer.from(JSON.stringify(counts)),
  decode: (bytes) => JSON.parse(Buffer.from(bytes).toString()),
};

/** What a page would show: the sums of the living and the dead. */
export const sumsOf = ({ living, totals }: GroupReading<Counts>): Counts => living.reduce(plus, totals);

/** Takes a baseline away, number by number. */
export const subtractCounts = (
  _lines: readonly string[],
  values: Float64Array,
  baseline: Float64Array,
): Float64Array => values.map((value, index) => value - (baseline[index] ?? 0));
