import { current } from '../instruments/current.js';
import type { RequestRecorder } from '../instruments/recorder.js';
import { REQUEST_DEPS, type RequestDeps } from './deps.js';
import { follow } from './follow.js';
import type { RequestHandle, RequestOptions } from './request-handle.js';
import { startRequest } from './start-request.js';

/**
 * Observes one request to one provider: runs `fn` with the request's span active and ends the request when what
 * `fn` returned ends.
 *
 * A value ends it at once and a promise when it settles. A stream, returned or resolved, ends it when it has been
 * read to the end (success), left by `break`, `return()`, `cancel()` or an abort (`client_cancelled`), or broken
 * off after its first chunk (`stream_interrupted`). A `Response` that is not `ok` is a failure; one that carries
 * events ends with its body, any other with its headers.
 *
 * The result is the one `fn` returned, the same promise and the same stream object with all their methods, and
 * what `fn` throws is thrown on. Tokens, cost and the time to first token are known only if `fn` tells the
 * handle. Before `initMonitoring` it does nothing but call `fn`.
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
  return follow(result, request);
}
