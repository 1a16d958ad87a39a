import type { Attributes } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import type { RenderedText, TextRenderer } from '../../lib/prometheus/render-text.js';

export { createTextRenderer, type TextRenderer } from '../../lib/prometheus/render-text.js';

/** What a renderer makes of a collection, without pauses. */
export function renderWhole(renderer: TextRenderer, resourceMetrics: ResourceMetrics): RenderedText {
  const rendering = renderer.render(resourceMetrics);
  for (;;) {
    const next = rendering.next();
    if (next.done === true) return next.value;
  }
}

/** The text of {@link renderWhole}. */
export function renderPage(renderer: TextRenderer, resourceMetrics: ResourceMetrics): string {
  return renderWhole(renderer, resourceMetrics).body.toString();
}

/** A collection of one gauge with one point, which may have attributes that the SDK would not accept. */
export function gaugeOf(name: string, attributes: Attributes, value: number): ResourceMetrics {
  return collectionOf({
    ...metric(name),
    dataPointType: DataPointType.GAUGE,
    dataPoints: [point(attributes, value)],
  });
}

/** A collection of one histogram with one point, which counts one value in its first bucket. */
export function histogramOf(
  name: string,
  attributes: Attributes,
  boundaries: readonly number[],
): ResourceMetrics {
  const counts = [1, ...boundaries.map(() => 0)];
  const value: Histogram = { buckets: { boundaries: [...boundaries], counts }, sum: 0, count: 1 };
  return collectionOf({
    ...metric(name),
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints: [point(attributes, value)],
  });
}

function metric(name: string) {
  return {
    descriptor: { name, description: '', unit: '', valueType: 1, advice: {} },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
}

function point<Value>(attributes: Attributes, value: Value): DataPoint<Value> {
  return { attributes, value, startTime: [0, 0], endTime: [0, 0] };
}

function collectionOf(only: MetricData): ResourceMetrics {
  return {
    resource: resourceFromAttributes({}),
    scopeMetrics: [{ scope: { name: 'spec' }, metrics: [only] }],
  };
}
