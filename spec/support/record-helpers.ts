import type { Recorder } from '../../lib/index.js';

/** The helpers that record what they are told. */
export const RECORD_HELPERS = [
  'recordRequestSuccess',
  'recordRequestFailure',
  'recordTokenUsage',
  'recordCost',
  'recordCacheHit',
  'recordCacheMiss',
  'recordCacheSavings',
  'recordProviderHealth',
  'recordActiveRequests',
  'recordRetry',
  'recordFailover',
  'recordCircuitState',
  'recordRateLimit',
  'recordBudget',
] as const satisfies readonly (keyof Recorder)[];
