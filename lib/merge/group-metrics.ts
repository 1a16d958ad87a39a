import type { HrTime } from '@opentelemetry/api';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import { METRICS } from '../catalogue/metrics.js';
import { type MergedPoint, metricData } from './metric-data.js';
import type { GroupReading } from './published.js';
import type { LeftOutReason } from './series-description.js';

/** A living worker that has published nothing for longer is stale: it publishes each second. */
const STALE_MS = 5000;

/** What a page says of the group. */
export interface GroupFacts {
  readonly reading: Pick<GroupReading<unknown>, 'living' | 'deaths'>;
  readonly nowMs: number;
  readonly wallMs: number;
  readonly leftOut: Readonly<Record<LeftOutReason, number>>;
  readonly time: HrTime;
}

/** Returns the metrics of the catalogue that are facts about the group. */
export function groupMetrics({ reading, nowMs, wallMs, leftOut, time }: GroupFacts): MetricData[] {
  const published = reading.living.filter(({ isEnded }) => !isEnded).map(({ atMs }) => atMs);
  const stale = published.filter((atMs) => nowMs - atMs > STALE_MS).length;
  const oldestMs = published.reduce((oldest, atMs) => Math.min(oldest, atMs), nowMs);
  const pointsOf = (label: string, values: Readonly<Record<string, number>>): MergedPoint[] =>
    Object.entries(values).map(([name, value]) => ({ attributes: { [label]: name }, value }));
  const points: readonly (readonly [keyof typeof METRICS, readonly MergedPoint[]])[] = [
    ['llm_edge_monitoring_workers', pointsOf('state', { alive: published.length - stale, stale })],
    ['llm_edge_monitoring_worker_deaths_total', pointsOf('how', reading.deaths)],
    [
      'llm_edge_monitoring_oldest_snapshot_timestamp_seconds',
      [{ attributes: {}, value: (wallMs - (nowMs - oldestMs)) / 1000 }],
    ],
    ['llm_edge_monitoring_workers_left_out', pointsOf('reason', leftOut)],
  ];
  return points.map(([name, of]) => {
    const { kind, description } = METRICS[name];
    return metricData({ name, kind, description }, of, time);
  });
}
