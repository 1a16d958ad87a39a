import { ExactSums } from './exact-sum.js';
import type { MergeRule } from './merge-rules.js';
import type { MergedSeries } from './merge-table.js';
import { type DescribedSeries, widthOf } from './series-description.js';
import type { TotalSeries } from './totals.js';

/** The values of one page, by the columns of their series. */
export class MergedValues {
  private readonly sums: ExactSums;
  /** Of gauges: the value, and when it was stated. */
  private readonly chosen: Float64Array;
  private readonly seen: Uint8Array;
  private readonly nowMs: number;

  constructor(seriesCount: number, columnCount: number, nowMs: number) {
    this.sums = new ExactSums(columnCount);
    this.chosen = new Float64Array(columnCount);
    this.seen = new Uint8Array(seriesCount);
    this.nowMs = nowMs;
  }

  /** Whether any worker has the series. */
  has({ index }: MergedSeries): boolean {
    return this.seen[index] === 1;
  }

  /** Returns a value of a series that adds up. */
  sum({ column }: MergedSeries, index = 0): number {
    return this.sums.get(column + index);
  }

  /** Returns the value of a gauge. */
  gauge({ column, metric: { rule } }: MergedSeries): number {
    return rule === 'sum' || rule === 'window' ? this.sums.get(column) : (this.chosen[column] ?? 0);
  }

  /** Adds the values of a worker in a series. They must be valid. */
  add(
    series: MergedSeries,
    { definition, offset }: DescribedSeries,
    values: Float64Array,
    isEnded: boolean,
  ): void {
    if (definition.kind === 'gauge') {
      const [value = 0, statedAtMs = 0, staleAtMs = 0] = values.subarray(offset, offset + 3);
      this.state(series, { value, statedAtMs, staleAtMs }, isEnded);
      return;
    }
    const { metric, index, column } = series;
    if (metric.rule === 'current' && isEnded) return;
    this.seen[index] = 1;
    const width = widthOf(definition);
    for (let place = 0; place < width; place++) this.sums.add(column + place, values[offset + place] ?? 0);
  }

  /** Adds the sums of the dead in a series. */
  addTotal(series: MergedSeries, { sums, statements }: TotalSeries): void {
    if (sums.length > 0) this.seen[series.index] = 1;
    for (let place = 0; place < sums.length; place++) {
      this.sums.addSum(series.column + place, sums[place] ?? 0);
    }
    for (const { value, statedAtMs, staleAtMs } of statements) {
      for (const part of typeof value === 'number' ? [value] : value) {
        this.state(series, { value: part, statedAtMs, staleAtMs }, true);
      }
    }
  }

  private state(
    { column, index, metric: { rule } }: MergedSeries,
    stated: { readonly value: number; readonly statedAtMs: number; readonly staleAtMs: number },
    isDead: boolean,
  ): void {
    const { value, statedAtMs, staleAtMs } = stated;
    if (Number.isNaN(value) || !(staleAtMs > this.nowMs)) return;
    // What a dead worker charged to no window would never go away.
    const outlives = rule === 'latest' || (rule === 'window' && staleAtMs !== Number.POSITIVE_INFINITY);
    if (isDead && !outlives) return;
    if (rule === 'sum' || rule === 'window') this.sums.add(column, value);
    else if (this.seen[index] === 0 || this.isBetter(column, rule, value, statedAtMs)) {
      this.chosen[column] = value;
      this.chosen[column + 1] = statedAtMs;
    }
    this.seen[index] = 1;
  }

  private isBetter(column: number, rule: MergeRule, value: number, statedAtMs: number): boolean {
    const chosen = this.chosen[column] ?? 0;
    if (rule === 'lowest') return value < chosen;
    if (rule === 'highest') return value > chosen;
    const chosenAtMs = this.chosen[column + 1] ?? 0;
    // The higher one of two values of the same moment, so that the order of the workers makes no difference.
    return statedAtMs > chosenAtMs || (statedAtMs === chosenAtMs && value > chosen);
  }
}
