// For users.

export type { ErrorType } from './catalogue/error-types.js';
export { ERROR_TYPES } from './catalogue/error-types.js';
export type { LabelsOf, MetricName } from './catalogue/labels.js';
export type { LabelSpec, Limiter, MetricSpec } from './catalogue/metric-spec.js';
export { METRICS } from './catalogue/metrics.js';
export type { MonitoringConfig, Parts, Settings } from './config/config.js';
export type {
  BatchOptions,
  LimitOptions,
  MetricsOptions,
  MonitoringOptions,
  TracesOptions,
} from './config/options.js';
export type { Environment } from './config/resolve-config.js';
// For integrators.
export { resolveConfig } from './config/resolve-config.js';
export type { ConfigProblem, MonitoringErrorCode, MonitoringResult } from './errors.js';
export { MonitoringError } from './errors.js';
export { initMonitoring } from './init.js';
export {
  recordActiveRequests,
  recordBudget,
  recordCacheHit,
  recordCacheMiss,
  recordCacheSavings,
  recordCircuitState,
  recordCost,
  recordFailover,
  recordProviderHealth,
  recordRateLimit,
  recordRequestFailure,
  recordRequestSuccess,
  recordRetry,
  recordTokenUsage,
} from './instruments/record.js';
export type { CacheTier, CircuitState, RateLimit, Recorder, TokenDetails } from './instruments/recorder.js';
export type { DeadlineOptions, Monitoring } from './monitoring.js';
