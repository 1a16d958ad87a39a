import type { Attributes } from '@opentelemetry/api';
import { hostName } from '../lazy.cjs';
import { VERSION } from '../version.js';
import type { StatusProcess } from './status-document.js';

/** Says which process this is. @param resource - the attributes that its metrics carry */
export function identifyProcess(resource: Attributes): StatusProcess {
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
    shown: 1,
    members: 1,
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
