import type { MetricName } from '../../lib/index.js';
import type { SeriesValue, TestMonitoring } from '../../lib/testing.js';

/** The series of a metric, each under the values of its labels in the order of their names. */
export async function recordedSeries(
  test: TestMonitoring,
  metric: MetricName,
): Promise<Readonly<Record<string, SeriesValue>>> {
  const series = await test.series(metric);
  return Object.fromEntries(
    series
      .map(({ labels, value }) => [
        Object.keys(labels)
          .sort()
          .map((name) => labels[name])
          .join(' '),
        value,
      ])
      .sort(),
  );
}
