/** The points of all charts: one ring of times, and one of values for each series. All have one fixed size. */
export interface PointRing {
  /** Begins a point, in which each series has its initial value. A time that is not later than the last one clears all. */
  begin(timeSeconds: number): void;
  /** Adds a series. */
  series(initial: number | null): PointSeries;
  /** Returns the index of the first point after a time; all points if that is later than the last one. */
  indexAfter(timeSeconds: number): number;
  /** Returns the times from an index on, oldest first. */
  times(from: number): readonly number[];
}

/** The values of one series. */
export interface PointSeries {
  /** Adds to the value at the last point. */
  add(value: number | null): void;
  values(from: number): readonly (number | null)[];
}

/** More digits than a screen shows would only make the document longer. */
const DIGITS = 6;

/** Creates a ring of points; beyond its size, each point replaces the oldest one. */
export function createPointRing(size: number): PointRing {
  const clock = new Float64Array(size);
  /** NaN stands for `null`. */
  const columns: { readonly values: Float64Array; readonly initial: number }[] = [];
  /** The number of points that were begun; the position of a point is that number modulo the size. */
  let count = 0;
  /** How many of them are kept. */
  let kept = 0;

  const positionAt = (index: number): number => (count - kept + index) % size;
  const last = (): number => (count - 1) % size;

  function* positions(from: number): Generator<number, void> {
    for (let index = from; index < kept; index += 1) yield positionAt(index);
  }

  return {
    begin(timeSeconds) {
      // The clock was set back.
      if (kept > 0 && timeSeconds <= (clock[last()] ?? 0)) kept = 0;
      count += 1;
      kept = Math.min(size, kept + 1);
      clock[last()] = timeSeconds;
      for (const { values, initial } of columns) values[last()] = initial;
    },
    series(initial) {
      const column = { values: new Float64Array(size), initial: initial ?? Number.NaN };
      column.values.fill(column.initial);
      columns.push(column);
      const { values } = column;
      return {
        add: (value) => {
          if (value === null) return;
          const sum = values[last()] ?? 0;
          values[last()] = Number.isNaN(sum) ? value : sum + value;
        },
        values: (from) => Array.from(positions(from), (position) => rounded(values[position] ?? Number.NaN)),
      };
    },
    indexAfter(timeSeconds) {
      if (kept === 0 || timeSeconds > (clock[last()] ?? 0)) return 0;
      let index = kept;
      while (index > 0 && (clock[positionAt(index - 1)] ?? 0) > timeSeconds) index -= 1;
      return index;
    },
    times: (from) => Array.from(positions(from), (position) => clock[position] ?? 0),
  };
}

/** A number as the document has it: `null` where there is none. */
export function rounded(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(DIGITS)) : null;
}
