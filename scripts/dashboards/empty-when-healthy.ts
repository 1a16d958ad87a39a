/** Panels that have no data while nothing is wrong, by dashboard: they show what was lost or retried. */
export const EMPTY_WHEN_HEALTHY: Readonly<Record<string, readonly string[]>> = {
  providers: ['Retries, by what failed before'],
  telemetry: [
    'Dropped or mapped, by reason',
    'Folded into "other", by label',
    'Workers ended, by how',
    'Workers left out in part, by reason',
  ],
};
