import type { Attributes, Counter, Meter } from '@opentelemetry/api';
import type { ClosedLabelsOf, MetricNameOf } from '../catalogue/labels.js';
import { METRICS } from '../catalogue/metrics.js';
import { ROOT_SCOPE, type Scope } from './scopes.js';
import { SeriesTable } from './series-table.js';

interface CounterCell {
  readonly attributes: Attributes;
  /** Added since the last collection. */
  pending: number;
  /** Whether the SDK knows the series; a declared one must appear at zero. */
  reported: boolean;
}

/**
 * A counter that combines writes: `add` only sums, and {@link handOver} hands the sums to the OpenTelemetry
 * `Counter` when the SDK collects. The SDK's own `add` sorts and serialises the attributes on every call.
 */
export class CounterSeries<Name extends MetricNameOf<'counter'>> {
  private readonly table: SeriesTable<CounterCell>;
  private readonly counter: Counter;
  private closed = false;

  constructor(meter: Meter, name: Name) {
    const metric = METRICS[name];
    this.counter = meter.createCounter(name, { description: metric.description });
    this.table = new SeriesTable(metric, (attributes) => ({ attributes, pending: 0, reported: false }));
  }

  /** The number of series. */
  get size(): number {
    return this.table.cells.length;
  }

  /** The index of a combination of closed labels, looked up once and kept by the caller. */
  variant(labels: ClosedLabelsOf<Name>): number {
    return this.table.variant(labels);
  }

  /** Adds to a series; returns its attributes. */
  add(amount: number, variant: number, scope: Scope = ROOT_SCOPE): Attributes {
    const cell = this.table.cell(scope, variant);
    if (!this.closed) cell.pending += amount;
    return cell.attributes;
  }

  /** Makes all series of a scope, at zero, so that `rate()` sees the first increase. */
  declare(scope?: Scope): void {
    this.table.createAll(scope);
  }

  /** Adds nothing any more. */
  close(): void {
    this.closed = true;
  }

  /** Hands what is pending to the SDK, one series at each step. */
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

  /** Hands all that is pending to the SDK. */
  flush(): void {
    const steps = this.handOver();
    while (steps.next().done !== true);
  }
}
