// What bundlers for an edge runtime, such as that of Next.js, take instead of `.`, `./fetch`, `./bedrock` and `./next`:
// functions that record nothing, as all do before `initMonitoring`. It imports no module of Node.js.

import type { BedrockPlugin } from './clients/bedrock-middleware.js';
import { MonitoringError } from './errors.js';
import { DisabledMonitoring, type Monitoring } from './monitoring/monitoring.js';
import type { MonitoringConfig } from './monitoring/resolve-config.js';
import type { MetricsPages } from './prometheus/metrics-page.js';
import type {
  OperationHandle,
  OperationOptions,
  RequestHandle,
  RequestOptions,
  StartedRequest,
} from './requests/handle.js';
import { NoopOperation, NoopRequest } from './requests/noop-handles.js';
import type { StartedOperation } from './requests/observe-operation.js';

export { ERROR_TYPES } from './catalogue/error-types.js';
export { METRICS } from './catalogue/metrics.js';
export { classifyError, classifyResponse } from './errors/classify-error.js';
export { MonitoringError } from './errors.js';
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

/** Of a configuration, a monitoring of the edge runtime has only these members. */
const CONFIG = Object.freeze({ enabled: false, warnings: Object.freeze([]) }) as unknown as MonitoringConfig;

const NO_PAGES: MetricsPages = {
  metricsHandler: () => (_request, response) => response.writeHead(503).end(),
  metricsText: () =>
    Promise.reject(new MonitoringError('ERR_NO_METRICS', 'monitoring does not run on an edge runtime')),
};

export async function initMonitoring(): Promise<Monitoring> {
  return new DisabledMonitoring(CONFIG, NO_PAGES, () => undefined);
}

export function resolveConfig(): { readonly ok: false; readonly error: MonitoringError } {
  return {
    ok: false,
    error: new MonitoringError('ERR_INVALID_CONFIG', 'monitoring does not run on an edge runtime'),
  };
}

export function calculateCost(): undefined {}

export const pricing = Object.freeze({ check: () => [] });

export function isBudgetExceeded(): boolean {
  return false;
}

export function observeOperation<T>(_options: OperationOptions, fn: (operation: OperationHandle) => T): T {
  return fn(new NoopOperation());
}

export function startOperation(): StartedOperation {
  return new NoopOperation();
}

export function observeRequest<T>(options: RequestOptions, fn: (request: RequestHandle) => T): T {
  return fn(new NoopRequest(options));
}

export function startRequest(options: RequestOptions): StartedRequest {
  return new NoopRequest(options);
}

/** Of `./fetch`. */
export function instrumentFetch(fetch: typeof globalThis.fetch = globalThis.fetch): typeof globalThis.fetch {
  // The global one may be replaced later, and some runtimes refuse it as a method of another object.
  return (input, init) => fetch(input, init);
}

/** Of `./fetch`. */
export function instrumentWebSocket<Socket extends object>(WebSocket: Socket): Socket {
  return WebSocket;
}

/** Of `./bedrock`. */
export function bedrockMiddleware(): BedrockPlugin {
  return { applyToStack: () => undefined };
}

/** Of `./next`. */
export function observeOperations<Handler>(handler: Handler): Handler {
  return handler;
}

/** Of `./next`. */
export function operationOf(): undefined {}

/** Of `./next`. */
export async function register(): Promise<void> {}
