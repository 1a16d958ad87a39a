import { current } from '../metrics/recorder.js';
import { guard } from '../requests/guard.js';
import { type Fetch, type Init, type Input, urlOf } from './fetch-input.js';
import { resolveFetchOptions } from './fetch-options.js';
import { callModel } from './observe-call.js';
import { createPrepareInit, type RequestChanges } from './prepare-init.js';
import { createRecognise, type HostOptions } from './recognise.js';

/** What {@link instrumentFetch} can be told. */
export interface InstrumentFetchOptions extends RequestChanges {
  /**
   * Hosts beyond those that are known, such as servers of one's own: `{ 'localhost:8000': { provider: 'vllm' } }`.
   * A host that is known may be given another provider name. Hosts are compared without regard to case, of a URL only
   * the host counts, and patterns are refused.
   */
  readonly hosts?: Readonly<Record<string, HostOptions>> | undefined;
}

/**
 * Returns a fetch that observes requests to models: for `new OpenAI({ fetch })`, `new Anthropic({ fetch })`, any
 * other client, or as `globalThis.fetch`.
 *
 * A request is recognised by its URL. It is counted, timed and traced, and usage, cost, time to first token and
 * rate limits are read from the answer while the consumer reads it: the `Response` is the one the inner fetch
 * returned. Everything else passes through untouched. Within `observeRequest` it adds what it reads to that request
 * instead of counting another one, and within another instrumented fetch it leaves the call to that; a client between
 * the two that tries again makes further requests.
 *
 * The body of a `Request` is read as it is sent. Until it has been sent whole the model is not known, and a call that
 * ends before that is counted for the model `unknown`.
 *
 * An aborted call is `client_cancelled`, or a `timeout` where the reason says so, as that of `AbortSignal.timeout()`
 * does, or where an SDK kept its own time limit.
 *
 * Deno reads a response that is returned from a `Deno.serve` handler, or whose body becomes that of another, in a way
 * that nothing can see. Return `new Response(response.body.pipeThrough(new TransformStream()), response)` there.
 *
 * Before `initMonitoring` and after `shutdown` it only calls the inner fetch. The fetch that is returned never throws
 * of its own; where an inner fetch throws instead of rejecting, an observed call rejects with what it threw.
 *
 * @param fetch - what makes the calls; the global one by default.
 * @param options - see {@link InstrumentFetchOptions}; they are read once.
 * @throws {MonitoringError} ERR_INVALID_CONFIG when either is not what it should be, with a list of all problems.
 */
export function instrumentFetch(
  fetch: Fetch = globalThis.fetch,
  options: InstrumentFetchOptions = {},
): Fetch {
  const config = resolveFetchOptions(fetch, options);
  const recognise = createRecognise(config.hosts);
  const prepareInit = createPrepareInit(config);

  return function instrumentedFetch(input: Input, init?: Init): Promise<Response> {
    const { recorder } = current;
    // An address alone is fetched by GET, which asks no model.
    if (!recorder.enabled || (typeof input === 'string' && init === undefined)) return fetch(input, init);
    const target = guard(recorder, 'fetch', () => {
      const url = urlOf(input);
      return url === undefined ? undefined : recognise(url);
    });
    if (target === undefined) return fetch(input, init);
    return callModel({ fetch, prepareInit, recorder, target, input, init });
  };
}
