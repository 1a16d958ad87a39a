import { type InstrumentFetchOptions, instrumentFetch } from '../clients/instrument-fetch.js';
import { sharedState } from '../global-state.js';
import { initMonitoring } from './init.js';
import type { MonitoringOptions } from './resolve-config.js';

const state = sharedState('next-register.v1', () => ({ isFetchObserved: false }));

/**
 * Starts monitoring and observes `globalThis.fetch`, for `instrumentation.ts` of Next.js:
 * `export { register } from 'llm-edge-monitoring/next'` takes all options from the environment. In the edge runtime it
 * does nothing.
 *
 * Next.js puts its own fetch, which caches, around the observed one: an answer of the cache is no request to a model. A
 * client with `fetch: instrumentFetch()` is counted once all the same.
 *
 * @param options - see `initMonitoring`.
 * @param fetchOptions - see `instrumentFetch`.
 * @throws {MonitoringError} as `initMonitoring` and `instrumentFetch` do. Next.js does not start then.
 */
export async function register(
  options: MonitoringOptions = {},
  fetchOptions: InstrumentFetchOptions = {},
): Promise<void> {
  await initMonitoring(options);
  // In development, Next.js may call this again.
  if (state.isFetchObserved) return;
  globalThis.fetch = instrumentFetch(globalThis.fetch, fetchOptions);
  state.isFetchObserved = true;
}
