import type { DescribedSeries } from './series-description.js';

/** Windows that end this close to each other are one: their ends are read from two clocks. */
export const SAME_WINDOW_MS = 500;

/**
 * Whether the values of a series are such as a worker publishes: a counter and the counts of a histogram are finite and
 * not negative, so that what is added to a page never makes it go back.
 */
export function hasValidValues({ definition, offset }: DescribedSeries, values: Float64Array): boolean {
  const { kind, bounds } = definition;
  switch (kind) {
    case 'counter':
      return isCount(values[offset]);
    case 'updown':
      return Number.isFinite(values[offset]);
    case 'gauge':
      return offset + 3 <= values.length;
    case 'histogram': {
      const end = offset + bounds.length + 1;
      for (let index = offset; index < end; index++) {
        if (!isCount(values[index])) return false;
      }
      // NaN is the sum of a histogram that has none.
      return end < values.length && Math.abs(values[end] ?? 0) !== Number.POSITIVE_INFINITY;
    }
  }
}

function isCount(value: number | undefined): boolean {
  return value !== undefined && value >= 0 && value < Number.POSITIVE_INFINITY;
}
