import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
import type { Histogram, MetricData } from '@opentelemetry/sdk-metrics';
import { loadMetrics } from '../lazy.cjs';
import type { Definition } from './series-description.js';

/** A series on the page of a group. */
export interface MergedPoint {
  readonly attributes: Attributes;
  readonly value: number | Histogram;
}

/** Returns a metric as an SDK would collect it. */
export function metricData(
  { name, description, kind }: Pick<Definition, 'name' | 'description' | 'kind'>,
  points: readonly MergedPoint[],
  time: HrTime,
): MetricData {
  const { AggregationTemporality, DataPointType } = loadMetrics();
  const types = {
    counter: DataPointType.SUM,
    updown: DataPointType.SUM,
    gauge: DataPointType.GAUGE,
    histogram: DataPointType.HISTOGRAM,
  };
  const data = {
    descriptor: { name, description, unit: '', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: types[kind],
    isMonotonic: kind === 'counter',
    dataPoints: points.map((point) => ({ ...point, startTime: time, endTime: time })),
  };
  // The kind decides the type of the values; the SDK's union does not say so.
  return data as unknown as MetricData;
}
