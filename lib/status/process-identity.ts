import type { Attributes } from '@opentelemetry/api';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { MetricName } from '../catalogue/labels.js';
import { hostName } from '../lazy.cjs';
import { VERSION } from '../version.js';
import type { StatusProcess } from './status-document.js';

const WORKERS: MetricName = 'llm_edge_monitoring_workers';

/** Returns how many workers the numbers of a collection are of. */
export function countWorkers({ scopeMetrics }: ResourceMetrics): number {
  const found = scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .find((each) => each.descriptor.name === WORKERS);
  const values = found?.dataPoints.map(({ value }) => Number(value)) ?? [];
  return Math.max(
    1,
    values.reduce((sum, value) => sum + value, 0),
  );
}

/**
 * Says which process this is.
 *
 * @param resource - the attributes that its metrics carry
 * @param workers - how many workers the numbers are of
 */
export function identifyProcess(resource: Attributes, workers: number): StatusProcess {
  const text = (name: string): string | undefined => {
    const value = resource[name];
    return value === undefined ? undefined : String(value);
  };
  return {
    serviceName: text('service.name') ?? 'unknown_service',
    serviceVersion: text('service.version'),
    environment: text('deployment.environment.name'),
    instanceId: text('service.instance.id') ?? '',
    hostName: text('host.name') ?? hostName(),
    pid: process.pid,
    shown: workers,
    members: workers,
    startedAt: Math.round(performance.timeOrigin),
    nodeVersion: process.version,
    packageVersion: VERSION,
  };
}

/** The title of the page: which process, or how many of a group. */
export function titleOf({ serviceName, hostName, pid, shown, members }: StatusProcess): string {
  const which = shown === 1 ? `one of ${members}` : `${shown} of ${members}`;
  return [serviceName, hostName, `pid ${pid}`, which].join(' · ');
}
