import type { Attributes, Context, Histogram, Meter, SpanContext } from '@opentelemetry/api';
import type { MetricNameOf } from '../catalogue/labels.js';
import { METRICS } from '../catalogue/metrics.js';
import type { MetricExemplars } from './exemplars.js';
import { type LabelSet, NO_LABELS, type Recording, SeriesTable } from './series-table.js';

/** A histogram that records directly into the OpenTelemetry `Histogram`, with the catalogue's buckets. */
export class HistogramSeries<Name extends MetricNameOf<'histogram'>> {
  private readonly table: SeriesTable<Attributes>;
  private readonly histogram: Histogram;
  private readonly exemplars: MetricExemplars;
  private readonly recording: Recording;
  private readonly context: Context | undefined;

  /** @param context - the context of each record; if absent, the SDK looks up the active one. */
  constructor(
    meter: Meter,
    name: Name,
    recording: Recording,
    exemplars: MetricExemplars,
    context: Context | undefined,
  ) {
    const metric = METRICS[name];
    this.recording = recording;
    this.histogram = meter.createHistogram(name, {
      description: metric.description,
      advice: { explicitBucketBoundaries: [...metric.buckets] },
    });
    this.exemplars = exemplars;
    this.context = context;
    this.table = new SeriesTable(metric, (attributes) => attributes);
  }

  /** The number of series. */
  get size(): number {
    return this.table.cells.length;
  }

  /** Records a value; the span becomes the exemplar of its bucket. */
  record(value: number, labelSet: LabelSet = NO_LABELS, spanContext?: SpanContext): void {
    if (this.recording.isOver) return;
    const attributes = this.table.cell(labelSet, 0);
    this.histogram.record(value, attributes, this.context);
    if (spanContext !== undefined) this.exemplars.offer(attributes, value, spanContext);
  }
}
