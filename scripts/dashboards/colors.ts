/** Colours that mean the same on every dashboard. */
export const GOOD = 'green';
export const BAD = 'red';

/** Quantiles, from calm to loud. */
export const QUANTILE_COLORS = { p50: 'green', p95: 'orange', p99: 'red' } as const;

/** Whether a provider is healthy, by the value of its gauge. */
export const AVAILABILITY_STATES = {
  '0': { text: 'down', color: BAD },
  '1': { text: 'up', color: GOOD },
} as const;

/** The state of a circuit breaker, by the value of its gauge. */
export const CIRCUIT_STATES = {
  '0': { text: 'closed', color: GOOD },
  '1': { text: 'half-open', color: 'yellow' },
  '2': { text: 'open', color: BAD },
} as const;
