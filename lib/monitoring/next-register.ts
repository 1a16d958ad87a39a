import { type InstrumentFetchOptions, instrumentFetch } from '../clients/instrument-fetch.js';
import { readPreloadSettings } from '../clients/preload-settings.js';
import { warningText } from '../errors.js';
import { sharedState } from '../global-state.js';
import { logger, report } from '../logger.js';
import { initWithHooks } from './init.js';
import type { MonitoringOptions } from './resolve-config.js';

const state = sharedState('next-register.v1', () => ({ isFetchObserved: false }));

/**
 * Starts monitoring and observes `globalThis.fetch`, for `instrumentation.ts` of Next.js:
 * `export { register } from 'llm-edge-monitoring/next'` takes all options from the environment, those of
 * `instrumentFetch` from the variables of the preload (`LLM_EDGE_HOSTS`, `LLM_EDGE_INCLUDE_STREAM_USAGE`,
 * `LLM_EDGE_PROPAGATE`, `LLM_EDGE_UNRECOGNISED`, `LLM_EDGE_ESTIMATE_USAGE`). In the edge runtime it does nothing.
 *
 * A port that is in use costs only the page, with a line on standard error: another application on the same machine, such
 * as a second `next dev`, must not stop this one.
 *
 * Next.js puts its own fetch, which caches, around the observed one: an answer of the cache is no request to a model. A
 * client with `fetch: instrumentFetch()` is counted once all the same.
 *
 * @param options - see `initMonitoring`.
 * @param fetchOptions - see `instrumentFetch`; each option wins over its variable, and hosts are added to those of theirs.
 * @throws {MonitoringError} ERR_INVALID_CONFIG, ERR_ALREADY_INITIALIZED and ERR_LISTEN_FAILED as `initMonitoring` and
 * `instrumentFetch` do. Next.js does not start then.
 */
export async function register(
  options: MonitoringOptions = {},
  fetchOptions: InstrumentFetchOptions = {},
): Promise<void> {
  await initWithHooks(options, { onPortInUse: report });
  // In development, Next.js may call this again.
  if (state.isFetchObserved) return;
  const { settings, warnings: found } = readPreloadSettings(process.env);
  // The fetch reads the hosts of the environment itself, and logs what is wrong with them.
  const warnings = found.filter(({ option }) => option !== 'hosts');
  if (warnings.length > 0) logger().warn(warningText(warnings));
  const { gateways, includeStreamUsage, propagate, unrecognised, estimateUsage } = settings;
  globalThis.fetch = instrumentFetch(globalThis.fetch, {
    ...fetchOptions,
    gateways: fetchOptions.gateways ?? gateways,
    includeStreamUsage: fetchOptions.includeStreamUsage ?? includeStreamUsage,
    propagate: fetchOptions.propagate ?? propagate,
    unrecognised: fetchOptions.unrecognised ?? unrecognised,
    estimateUsage: fetchOptions.estimateUsage ?? estimateUsage,
  });
  state.isFetchObserved = true;
}
