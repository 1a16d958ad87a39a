import type { Attributes, Counter, Meter, SpanContext } from '@opentelemetry/api';
import type { ClosedLabelsOf, MetricNameOf } from '../catalogue/labels.js';
import { METRICS } from '../catalogue/metrics.js';
import type { MetricExemplars } from './exemplars.js';
import { type LabelSet, NO_LABELS, SeriesTable } from './series-table.js';

interface CounterCell {
  readonly attributes: Attributes;
  /** The amount added since the last collection. */
  pending: number;
  /** Whether the SDK knows the series. A declared series must be reported even at zero. */
  reported: boolean;
}

/**
 * A counter that combines writes. `add` only sums, and {@link handOver} passes the sums to the OpenTelemetry `Counter`
 * when the SDK collects, because the SDK's `add` sorts and serialises the attributes on every call.
 */
export class CounterSeries<Name extends MetricNameOf<'counter'>> {
  private readonly table: SeriesTable<CounterCell>;
  private readonly counter: Counter;
  private readonly exemplars: MetricExemplars;

  constructor(meter: Meter, name: Name, exemplars: MetricExemplars) {
    const metric = METRICS[name];
    this.counter = meter.createCounter(name, { description: metric.description });
    this.exemplars = exemplars;
    this.table = new SeriesTable(metric, (attributes) => ({ attributes, pending: 0, reported: false }));
  }

  /** The number of series. */
  get size(): number {
    return this.table.cells.length;
  }

  /** Returns the index of a combination of closed labels. Callers look it up once and keep it. */
  variant(labels: ClosedLabelsOf<Name>): number {
    return this.table.variant(labels);
  }

  /** Adds an amount to a series; the span becomes its exemplar. */
  add(amount: number, variant: number, labelSet: LabelSet = NO_LABELS, spanContext?: SpanContext): void {
    const cell = this.table.cell(labelSet, variant);
    cell.pending += amount;
    if (spanContext !== undefined) this.exemplars.offer(cell.attributes, amount, spanContext);
  }

  /** Creates all series of a label set at zero, so that `rate()` sees their first increase. */
  declare(labelSet?: LabelSet): void {
    this.table.createAll(labelSet);
  }

  /** Passes the pending amounts to the SDK, one series at each step. */
  *handOver(): Generator<undefined, void> {
    for (const cell of this.table.cells) {
      if (cell.pending === 0 && cell.reported) continue;
      const amount = cell.pending;
      cell.pending = 0;
      cell.reported = true;
      this.counter.add(amount, cell.attributes);
      yield;
    }
  }
}
