import type { Attributes, BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import type { ClosedLabelsOf, MetricNameOf } from '../catalogue/labels.js';
import { METRICS } from '../catalogue/metrics.js';
import { type LabelSet, NO_LABELS, type Recording, SeriesTable } from './series-table.js';

/** When a value of a gauge was stated and how long it holds, on the recorder's clock. */
export interface GaugeStatement {
  readonly statedAtMs: number;
  /** The time from which the value does not hold, unless it is stated again. */
  readonly staleAtMs: number;
}

interface GaugeCell {
  readonly attributes: Attributes;
  value: number;
  statedAtMs: number;
  staleAtMs: number;
  /** The time from which the value is no longer reported. */
  shownUntilMs: number;
}

/** A gauge that keeps the last value of each series and reports it when the SDK collects. */
export class GaugeSeries<Name extends MetricNameOf<'gauge'>> {
  readonly observable: Observable;
  private readonly table: SeriesTable<GaugeCell>;
  private readonly recording: Recording;
  private readonly now: () => number;
  private readonly byAttributes = new WeakMap<Attributes, GaugeCell>();

  /** @param now - monotonic milliseconds. */
  constructor(meter: Meter, name: Name, recording: Recording, now: () => number) {
    const metric = METRICS[name];
    this.recording = recording;
    this.now = now;
    this.observable = meter.createObservableGauge(name, { description: metric.description });
    this.table = new SeriesTable(metric, (attributes) => {
      const cell = {
        attributes,
        value: 0,
        statedAtMs: 0,
        staleAtMs: Number.POSITIVE_INFINITY,
        shownUntilMs: Number.POSITIVE_INFINITY,
      };
      this.byAttributes.set(attributes, cell);
      return cell;
    });
  }

  /** The number of series. */
  get size(): number {
    return this.table.cells.length;
  }

  /** Returns the index of a combination of closed labels. Callers look it up once and keep it. */
  variant(labels: ClosedLabelsOf<Name>): number {
    return this.table.variant(labels);
  }

  /**
   * Sets the value of a series. It is reported until it is set again or becomes stale.
   *
   * @param shownUntilMs - later than `staleAtMs` for a value that is stated again before each collection.
   */
  set(
    value: number,
    variant: number,
    labelSet: LabelSet = NO_LABELS,
    staleAtMs = Number.POSITIVE_INFINITY,
    shownUntilMs = staleAtMs,
  ): void {
    if (this.recording.isOver) return;
    const cell = this.table.cell(labelSet, variant);
    cell.value = value;
    cell.statedAtMs = this.now();
    cell.staleAtMs = staleAtMs;
    cell.shownUntilMs = shownUntilMs;
  }

  /** Returns the last statement of the series that is reported with these attributes, the same object. */
  statement(attributes: Attributes): GaugeStatement | undefined {
    return this.byAttributes.get(attributes);
  }

  /** Reports the values that are not stale. */
  observe(result: BatchObservableResult, nowMs: number): void {
    for (const cell of this.table.cells) {
      if (cell.shownUntilMs > nowMs) result.observe(this.observable, cell.value, cell.attributes);
    }
  }
}
