import { comparePlaces, type MergeRule, mergeOf } from './merge-rules.js';
import type { Published } from './published.js';
import {
  type Definition,
  Description,
  type Labels,
  LabelTable,
  SERIES_MAX,
  widthOf,
} from './series-description.js';
import type { Totals } from './totals.js';

/** A series of the page, and where its values stand among those of all series. */
export interface MergedSeries {
  readonly metric: MergedMetric;
  readonly labels: Labels;
  readonly index: number;
  readonly column: number;
}

/** A metric as at least one worker, or the dead, define it. */
export interface MergedMetric {
  readonly definition: Definition;
  readonly rule: MergeRule;
  readonly series: Map<Labels, MergedSeries>;
}

/** A worker whose description has been read. */
export interface MergedWorker {
  readonly description: Description;
  /** The series that each of the described ones belongs to, in their order; `undefined` beyond the bound. */
  readonly targets: (MergedSeries | undefined)[];
}

/** Series after which other callbacks can run: a small part of a millisecond. */
const SERIES_PER_STEP = 200;

/**
 * The series of all workers, found once. A description only grows, so that a later page reads nothing but what is new.
 * The table is replaced when a worker is gone.
 */
export class MergeTable {
  readonly metrics = new Map<Definition, MergedMetric>();
  seriesCount = 0;
  columnCount = 0;
  private readonly labels = new LabelTable();
  private readonly workers = new Map<string, MergedWorker>();
  private readonly byTotals = new WeakMap<Totals, readonly (MergedSeries | undefined)[]>();
  private inOrder: readonly MergedMetric[] = [];
  private sizesInOrder = 0;

  /** Whether all workers that the table knows are among the living. */
  suits(living: readonly Published[]): boolean {
    const ids = new Set(living.map(({ id }) => id));
    for (const id of this.workers.keys()) {
      if (!ids.has(id)) return false;
    }
    return true;
  }

  /** Reads what is new in the description of a worker. */
  *worker({ id, lines }: Published): Generator<undefined, MergedWorker> {
    let worker = this.workers.get(id);
    if (worker === undefined) {
      worker = { description: new Description(this.labels), targets: [] };
      this.workers.set(id, worker);
    }
    const { description, targets } = worker;
    yield* description.read(lines);
    const { series } = description;
    while (targets.length < series.length) {
      const described = series[targets.length];
      if (described !== undefined) targets.push(this.find(described.definition, described.labels));
      if (targets.length % SERIES_PER_STEP === 0) yield;
    }
    return worker;
  }

  /** Returns the series that the sums of the dead belong to, in their order. */
  *targetsOf(totals: Totals): Generator<undefined, readonly (MergedSeries | undefined)[]> {
    const known = this.byTotals.get(totals);
    if (known !== undefined) return known;
    const targets: (MergedSeries | undefined)[] = [];
    for (const { definition, series } of totals.metrics.values()) {
      const shared = this.labels.definition(definition);
      for (const { labels } of series.values()) {
        targets.push(this.find(shared, this.labels.labels(labels)));
        if (targets.length % SERIES_PER_STEP === 0) yield;
      }
    }
    this.byTotals.set(totals, targets);
    return targets;
  }

  /** The metrics in the order of the page, and their series in the order of their labels, whoever answers. */
  sorted(): readonly MergedMetric[] {
    const sizes = this.metrics.size + this.seriesCount;
    if (sizes === this.sizesInOrder) return this.inOrder;
    this.sizesInOrder = sizes;
    this.inOrder = [...this.metrics.values()].sort(
      (a, b) =>
        comparePlaces(a.definition.name, b.definition.name) || (a.definition.key < b.definition.key ? -1 : 1),
    );
    for (const { series } of this.inOrder) {
      const sorted = [...series].sort(([a], [b]) => (a.key < b.key ? -1 : 1));
      series.clear();
      for (const [labels, one] of sorted) series.set(labels, one);
    }
    return this.inOrder;
  }

  private find(definition: Definition, labels: Labels): MergedSeries | undefined {
    let metric = this.metrics.get(definition);
    if (metric === undefined) {
      metric = { definition, rule: mergeOf(definition), series: new Map() };
      this.metrics.set(definition, metric);
    }
    const known = metric.series.get(labels);
    if (known !== undefined || this.seriesCount >= SERIES_MAX) return known;
    const series = { metric, labels, index: this.seriesCount++, column: this.columnCount };
    this.columnCount += widthOf(definition);
    metric.series.set(labels, series);
    return series;
  }
}
