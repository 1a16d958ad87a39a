import type { StatusDocument } from '../../lib/status/status-document.js';
import { send } from './http-client.js';
import { serveScrapes } from './scrape-server.js';

export { setUnrefTimer } from '../../lib/otlp/deadline.js';
export { createConnections } from '../../lib/prometheus/access.js';
export { bucketQuantile } from '../../lib/status/changes.js';
export { chart } from '../../lib/status/panel-entry.js';
export { createPointRing } from '../../lib/status/point-ring.js';
export { readGroups, sumBy } from '../../lib/status/readings.js';
export { createSampler, type Sample } from '../../lib/status/sampler.js';
export type { StatusDocument, StatusPanel } from '../../lib/status/status-document.js';
export { createStatusRoutes } from '../../lib/status/status-routes.js';
export { createStatusServer } from '../../lib/status/status-server.js';
export { createStatusSource } from '../../lib/status/status-source.js';

/** Where the status page of a scrape port is. */
export function statusUrl(metricsUrl: string | undefined, path = '/api/v1/status'): string {
  return new URL(path, metricsUrl).href;
}

/** Returns the document of a running monitoring. */
export async function readStatus(metricsUrl: string | undefined, query = ''): Promise<StatusDocument> {
  const { status, body } = await send(statusUrl(metricsUrl, `/api/v1/status${query}`));
  if (status !== 200) throw new Error(`${status}: ${body.toString()}`);
  return JSON.parse(body.toString()) as StatusDocument;
}

/** Serves handlers of viewers beside an empty page of metrics. */
export function serveViewers(
  viewers: Parameters<typeof serveScrapes>[0]['viewers'],
  host = '127.0.0.1',
): ReturnType<typeof serveScrapes> {
  const nothing = { resource: { attributes: {} }, scopeMetrics: [] };
  const reader = { collect: async () => ({ resourceMetrics: nothing, errors: [] }) };
  return serveScrapes({ reader: reader as never, host, viewers });
}
