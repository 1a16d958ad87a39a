import type { Attributes, Histogram, Meter } from '@opentelemetry/api';
import type { MetricNameOf } from '../catalogue/labels.js';
import { METRICS } from '../catalogue/metrics.js';
import { ROOT_SCOPE, type Scope } from './scopes.js';
import { SeriesTable } from './series-table.js';

/** A histogram that records straight into the OpenTelemetry `Histogram`, with the catalogue's buckets. */
export class HistogramSeries<Name extends MetricNameOf<'histogram'>> {
  private readonly table: SeriesTable<Attributes>;
  private readonly histogram: Histogram;

  constructor(meter: Meter, name: Name) {
    const metric = METRICS[name];
    this.histogram = meter.createHistogram(name, {
      description: metric.description,
      advice: { explicitBucketBoundaries: [...metric.buckets] },
    });
    this.table = new SeriesTable(metric, (attributes) => attributes);
  }

  get size(): number {
    return this.table.cells.length;
  }

  /** Records a value; returns the attributes of its series. */
  record(value: number, scope: Scope = ROOT_SCOPE): Attributes {
    const attributes = this.table.cell(scope, 0);
    this.histogram.record(value, attributes);
    return attributes;
  }
}
