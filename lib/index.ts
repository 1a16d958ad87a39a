// For users.

export type { BudgetEvent, BudgetOptions } from './budgets/budget-options.js';
export type { BudgetWindow } from './budgets/budget-windows.js';
export type { RequestParameters } from './catalogue/request-parameters.js';
export type {
  BatchOptions,
  GenAiOptions,
  LimitOptions,
  MetricsOptions,
  SpanLimitOptions,
  StatusPageOptions,
  TelemetryOptions,
  TracesOptions,
} from './config/options.js';
export type { RegisterGlobalsOptions } from './config/register-globals.js';
export type { Cost } from './cost/compute-cost.js';
export type { PriceOverridesOption } from './cost/overrides.js';
export type { CostContext } from './cost/pricing.js';
export { calculateCost, isBudgetExceeded, pricing } from './cost/pricing.js';
export type { PricingOptions } from './cost/pricing-options.js';
export type { Price } from './cost/rates.js';
export type { ServiceTierMultiplier } from './cost/service-tiers.js';
export type { UnpricedModel } from './cost/unpriced.js';
export type { Usage } from './cost/usage.js';
export type { ConfigProblem, ConfigWarning, MonitoringErrorCode, MonitoringResult } from './errors.js';
export { MonitoringError } from './errors.js';
export type { CacheTier, CircuitState, RateLimit, Recorder, TokenDetails } from './metrics/recorder.js';
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
} from './metrics/recorder.js';
export { initMonitoring } from './monitoring/init.js';
export type { DeadlineOptions, Monitoring } from './monitoring/monitoring.js';
export type { MonitoringOptions } from './monitoring/resolve-config.js';
export type { MetricsHandlerOptions, MetricsText, MetricsTextOptions } from './prometheus/metrics-page.js';
export type { PromClientRegistry } from './prometheus/prom-client.js';

export type {
  CachedAnswer,
  CacheLookupOptions,
  OperationHandle,
  OperationOptions,
  RequestHandle,
  RequestOptions,
  ResponseInfo,
} from './requests/handle.js';
export { observeOperation, startOperation } from './requests/observe-operation.js';
export { observeRequest, startRequest } from './requests/observe-request.js';
export type { NodeServerResponse } from './streams/node-response.js';

// For integrators.

export type { ErrorType } from './catalogue/error-types.js';
export { ERROR_TYPES } from './catalogue/error-types.js';
export type { LabelsOf, MetricName } from './catalogue/labels.js';
export type { LabelSpec, Limiter, MetricSpec } from './catalogue/metric-spec.js';
export { METRICS } from './catalogue/metrics.js';
export type { Environment } from './config/issues.js';
export type { Parts, TelemetryConfig } from './config/resolve.js';
export type { Settings } from './config/settings.js';
export { classifyError, classifyResponse } from './errors/classify-error.js';
export type { MonitoringConfig } from './monitoring/resolve-config.js';
export { resolveConfig } from './monitoring/resolve-config.js';
