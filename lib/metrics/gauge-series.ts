import type { Attributes, BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import type { ClosedLabelsOf, MetricNameOf } from '../catalogue/labels.js';
import { METRICS } from '../catalogue/metrics.js';
import { ROOT_SCOPE, type Scope } from './scopes.js';
import { SeriesTable } from './series-table.js';

interface GaugeCell {
  readonly attributes: Attributes;
  value: number;
  /** When the value says nothing any more, on the recorder's clock. */
  staleAtMs: number;
}

/** A gauge that keeps the last value of each series and tells it when the SDK collects. */
export class GaugeSeries<Name extends MetricNameOf<'gauge'>> {
  readonly observable: Observable;
  private readonly table: SeriesTable<GaugeCell>;
  private closed = false;

  constructor(meter: Meter, name: Name) {
    const metric = METRICS[name];
    this.observable = meter.createObservableGauge(name, { description: metric.description });
    this.table = new SeriesTable(metric, (attributes) => ({
      attributes,
      value: 0,
      staleAtMs: Number.POSITIVE_INFINITY,
    }));
  }

  get size(): number {
    return this.table.cells.length;
  }

  variant(labels: ClosedLabelsOf<Name>): number {
    return this.table.variant(labels);
  }

  set(value: number, variant: number, scope: Scope = ROOT_SCOPE, staleAtMs = Number.POSITIVE_INFINITY): void {
    if (this.closed) return;
    const cell = this.table.cell(scope, variant);
    cell.value = value;
    cell.staleAtMs = staleAtMs;
  }

  /** Keeps its values from now on. */
  close(): void {
    this.closed = true;
  }

  observe(result: BatchObservableResult, nowMs: number): void {
    for (const cell of this.table.cells) {
      if (cell.staleAtMs > nowMs) result.observe(this.observable, cell.value, cell.attributes);
    }
  }
}
