import { ProxyTracerProvider } from '@opentelemetry/api';
import type { RequestRecorder } from './recorder.js';

const nothing = (): void => undefined;

/** Records nothing: what every helper talks to before `initMonitoring` and after `shutdown`. */
export const NOOP_RECORDER: RequestRecorder = Object.freeze({
  enabled: false,
  // A proxy without a delegate hands out the API's no-op tracer, whatever provider the process registers.
  tracer: new ProxyTracerProvider().getTracer('llm-edge-monitoring'),
  now: () => performance.now(),
  addActiveRequests: nothing,
  recordRequest: nothing,
  recordTimeToFirstToken: nothing,
  recordTimePerOutputToken: nothing,
  recordUnpricedRequest: nothing,
  recordUsageMissing: nothing,
  recordOperation: nothing,
  drop: nothing,
  recordRequestSuccess: nothing,
  recordRequestFailure: nothing,
  recordTokenUsage: nothing,
  recordCost: nothing,
  recordCacheHit: nothing,
  recordCacheMiss: nothing,
  recordCacheSavings: nothing,
  recordProviderHealth: nothing,
  recordActiveRequests: nothing,
  recordRetry: nothing,
  recordFailover: nothing,
  recordCircuitState: nothing,
  recordRateLimit: nothing,
  recordBudget: nothing,
});
