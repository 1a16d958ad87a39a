import { current } from '../metrics/current.js';
import type { RequestRecorder } from '../metrics/recorder.js';
import { REQUEST_DEPS, type RequestDeps } from './deps.js';
import { observeResult } from './observe-result.js';
import type { RequestHandle, RequestOptions } from './request-handle.js';
import { startRequest } from './start-request.js';

/**
 * Observes one request to one provider: runs `fn` with the request's span active and ends the request when what
 * `fn` returned ends.
 *
 * A value ends it at once and a promise when it settles. A stream, returned or resolved, ends it when it has been
 * read to the end (success), left by `break`, `return()`, `cancel()` or an abort (`client_cancelled`), or broken
 * off after its first chunk (`stream_interrupted`). A `Response` ends it with its body, by the same rules, and at once
 * when it has no body or one that is read already; one that is not `ok` is a failure. A body that nobody reads ends it
 * when it is garbage-collected (`client_cancelled`).
 *
 * The result is the one `fn` returned, the same promise and the same stream object with all their methods, and
 * what `fn` throws is thrown on. Before `initMonitoring` it does nothing but call `fn`.
 *
 * What instrumented fetches and `bedrockMiddleware` read of the calls that `fn` makes, one after the other or at once,
 * adds up: tokens and cost. Within one call later usage replaces earlier, as streams report it. Each call is priced
 * under the provider and the model that it asks, and where these have no price, under those of `options`; where only
 * some have a price, their sum is recorded and the request is counted as unpriced. All of it is recorded under the
 * provider and model of `options`, for a call that outlasts the request when that call ends. `setUsage` replaces it
 * all, tokens and cost; `setResponse` with a cost replaces the cost alone. Of other clients tokens, cost and the time
 * to first token are known only if `fn` tells the handle.
 *
 * @param options - what is known when the request is sent.
 * @param fn - makes the call.
 */
export function observeRequest<T>(options: RequestOptions, fn: (request: RequestHandle) => T): T;
/** @internal */
export function observeRequest<T>(
  options: RequestOptions,
  fn: (request: RequestHandle) => T,
  recorder: RequestRecorder,
  deps?: RequestDeps,
): T;
export function observeRequest<T>(
  options: RequestOptions,
  fn: (request: RequestHandle) => T,
  recorder: RequestRecorder = current.recorder,
  deps: RequestDeps = REQUEST_DEPS,
): T {
  const request = startRequest(options, recorder, deps);
  if (!recorder.enabled) return fn(request);
  let result: T;
  try {
    result = request.run(() => fn(request));
  } catch (error) {
    request.fail(error);
    throw error;
  }
  return observeResult(result, request, 'all');
}
