import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { CACHE } from './cache.js';
import { COST } from './cost.js';
import { buildDashboard } from './frame.js';
import { LATENCY } from './latency.js';
import { OVERVIEW } from './overview.js';
import { PROVIDERS } from './providers.js';
import { TELEMETRY } from './telemetry.js';

/** Every dashboard, by the name of its file in grafana/dashboards/. */
export function allDashboards(): Map<string, Dashboard> {
  const specs = [OVERVIEW, COST, LATENCY, PROVIDERS, CACHE, TELEMETRY];
  return new Map(specs.map((spec) => [`${spec.name}.json`, buildDashboard(spec)]));
}

/** The text of a dashboard's file. */
export function renderDashboard(dashboard: Dashboard): string {
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}
