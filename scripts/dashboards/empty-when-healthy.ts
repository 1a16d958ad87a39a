/** Panels that have no data while nothing is wrong, by dashboard: they show what was lost. */
export const EMPTY_WHEN_HEALTHY: Readonly<Record<string, readonly string[]>> = {
  telemetry: ['Dropped or mapped, by reason', 'Folded into "other", by label'],
};
