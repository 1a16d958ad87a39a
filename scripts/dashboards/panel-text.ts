import { DashboardLinkBuilder, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';
import type { MetricName } from '../../lib/catalogue/labels.js';
import { METRICS } from '../../lib/catalogue/metrics.js';
import { runbookUrl } from '../repository.js';

/** The description of a panel: what is special about this view, then what the catalogue says of each metric. */
export function describePanel(metrics: readonly MetricName[], note?: string): string {
  const texts = metrics.map((name) => {
    const { description, interpretation } = METRICS[name];
    return `\`${name}\`: ${description} ${interpretation}`;
  });
  return [...(note === undefined ? [] : [note]), ...texts].join('\n\n');
}

/** Links from a panel to the runbooks of the alerts that watch what it shows. */
export function linksTo(alerts: readonly string[]): DashboardLinkBuilder[] {
  return alerts.map((alert) =>
    new DashboardLinkBuilder(`Runbook: ${alert}`)
      .type(DashboardLinkType.Link)
      .url(runbookUrl(alert))
      .targetBlank(true),
  );
}
