import type { MetricName, MetricNameOf } from '../../lib/catalogue/labels.js';
import type { MetricSpec } from '../../lib/catalogue/metric-spec.js';
import { METRICS } from '../../lib/catalogue/metrics.js';

/** The labels that the variables at the top of a dashboard choose from. */
const VARIABLE_OF_LABEL: Readonly<Record<string, string>> = {
  provider: 'provider',
  from_provider: 'provider',
  model: 'model',
};

type Matchers = Readonly<Record<string, string>>;
type HistogramPart = '' | '_bucket' | '_sum' | '_count';

/**
 * Selects a metric of the catalogue, narrowed by every variable whose label the metric has.
 *
 * @param matchers - Further labels; a value that begins with an operator, such as `!~"a|b"`, is taken as it is.
 */
export function select(metric: MetricName, matchers: Matchers = {}, part: HistogramPart = ''): string {
  const spec: MetricSpec = METRICS[metric];
  const chosen = Object.entries(VARIABLE_OF_LABEL)
    .filter(([label]) => label in spec.labels)
    .map(([label, variable]) => `${label}=~"$${variable}"`);
  const further = Object.entries(matchers).map(([label, value]) =>
    /^[=!]/.test(value) ? `${label}${value}` : `${label}="${value}"`,
  );
  return `${metric}${part}{${['job=~"$service"', ...chosen, ...further].join(',')}}`;
}

/** The per-second rate of a counter over the interval that Grafana derives from the scrape interval. */
export function rate(counter: MetricNameOf<'counter'>, matchers?: Matchers): string {
  return `rate(${select(counter, matchers)}[$__rate_interval])`;
}

/** The growth of a counter over an interval, or over the dashboard's time range. */
export function increase(
  counter: MetricNameOf<'counter'>,
  window: '$__range' | '$__rate_interval',
  matchers?: Matchers,
): string {
  return `increase(${select(counter, matchers)}[${window}])`;
}

/**
 * The growth of a counter in an hour, at the pace of the last minutes. Its growth over the last hour would be too small
 * for an hour after each start.
 */
export function perHour(
  counter: MetricNameOf<'counter'>,
  labels: readonly string[],
  matchers?: Matchers,
): string {
  return `3600 * ${sumBy(labels, rate(counter, matchers))}`;
}

/** A sum over everything but the labels named. */
export function sumBy(labels: readonly string[], vector: string): string {
  return aggregate('sum', labels, vector);
}

/** An aggregation over everything but the labels named. */
export function aggregate(
  operator: 'sum' | 'min' | 'max' | 'count',
  labels: readonly string[],
  vector: string,
): string {
  return labels.length === 0 ? `${operator}(${vector})` : `${operator} by (${labels.join(', ')}) (${vector})`;
}

/** A quantile of a histogram of the catalogue, aggregated before it is computed. */
export function quantile(
  q: number,
  histogram: MetricNameOf<'histogram'>,
  labels: readonly string[] = [],
): string {
  const buckets = `rate(${select(histogram, {}, '_bucket')}[$__rate_interval])`;
  return `histogram_quantile(${q}, ${sumBy([...labels, 'le'], buckets)})`;
}

/** The mean of a histogram of the catalogue over the dashboard's time range. */
export function meanOverRange(histogram: MetricNameOf<'histogram'>, labels: readonly string[] = []): string {
  const sum = sumBy(labels, `rate(${select(histogram, {}, '_sum')}[$__range])`);
  const count = sumBy(labels, `rate(${select(histogram, {}, '_count')}[$__range])`);
  return ratio(sum, count);
}

/** The buckets of a histogram as a heatmap wants them. */
export function heatmapOf(histogram: MetricNameOf<'histogram'>): string {
  return sumBy(['le'], `increase(${select(histogram, {}, '_bucket')}[$__rate_interval])`);
}

/** A quotient that is absent, not NaN, where there was nothing to divide by. */
export function ratio(numerator: string, denominator: string): string {
  return `(${numerator}) / (${denominator} > 0)`;
}

/** The first expression, or zero where only the second has a series: a counter that was never touched. */
export function orZero(vector: string, present: string): string {
  return `${vector} or 0 * ${present}`;
}

/** The vector without the series that are zero, which would only fill the legend. */
export function occurring(vector: string): string {
  return `(${vector}) > 0`;
}

/** The share of one counter in another, 0 where the first was never touched. */
export function share(labels: readonly string[], part: string, whole: string): string {
  const total = sumBy(labels, whole);
  return ratio(orZero(sumBy(labels, part), total), total);
}
