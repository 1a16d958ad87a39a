import type { MetricNameOf } from '../../lib/catalogue/labels.js';
import type { PanelQuery } from './panels.js';
import { quantile } from './query.js';

/** The median and the two tails of a histogram, one line each. */
export function threeQuantiles(histogram: MetricNameOf<'histogram'>): PanelQuery[] {
  return [
    { expr: quantile(0.5, histogram), legend: 'p50' },
    { expr: quantile(0.95, histogram), legend: 'p95' },
    { expr: quantile(0.99, histogram), legend: 'p99' },
  ];
}
