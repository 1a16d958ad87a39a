import type { Usage } from '../cost/usage.js';
import { current, type NoopRecorder, type RequestRecorder } from '../metrics/recorder.js';
import { claimContext } from '../otlp/globals.js';
import { countFailure, guard } from './guard.js';
import type { RequestHandle, RequestOptions, ResponseInfo, StartedRequest } from './handle.js';
import { readRequestOptions, type StartOptions } from './input.js';
import { LifecycleHandle, NoopHandle, REQUEST_DEPS, type RequestDeps } from './lifecycle.js';
import { observeResult } from './observe-result.js';
import { RequestLifecycle } from './request-lifecycle.js';

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
  recorder: RequestRecorder | NoopRecorder,
  deps?: RequestDeps,
): T;
export function observeRequest<T>(
  options: RequestOptions,
  fn: (request: RequestHandle) => T,
  recorder: RequestRecorder | NoopRecorder = current.recorder,
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

/**
 * Starts observing one request to one provider: span, active gauge, and everything recorded at its end.
 *
 * The caller ends it with `end` or `fail`. A handle that is garbage-collected before that ends as
 * `client_cancelled`, with the time it was last used as its end; one that outlasts `maxDurationMs` ends as
 * `timeout`. Before `initMonitoring` the handle does nothing. Never throws.
 *
 * @param options - what is known when the request is sent.
 */
export function startRequest(options: RequestOptions): RequestHandle;
/** @internal */
export function startRequest(
  options: StartOptions,
  recorder: RequestRecorder | NoopRecorder,
  deps?: RequestDeps,
): StartedRequest;
export function startRequest(
  options: StartOptions,
  recorder: RequestRecorder | NoopRecorder = current.recorder,
  deps: RequestDeps = REQUEST_DEPS,
): StartedRequest {
  if (!recorder.enabled) return new NoopRequest(options);
  guard(recorder, 'startRequest', claimContext);
  try {
    const input = readRequestOptions(options, (reason) => recorder.drop(reason, 'startRequest'));
    const lifecycle = new RequestLifecycle(input, recorder, deps);
    const handle = new ObservedRequest(lifecycle);
    lifecycle.begin(handle, input.maxDurationMs);
    return handle;
  } catch {
    // A recorder or a tracker that throws: the caller's request goes on.
    countFailure(recorder, 'startRequest');
    return new NoopRequest(options);
  }
}

class ObservedRequest extends LifecycleHandle<RequestLifecycle> implements StartedRequest {
  get provider(): string {
    return this.lifecycle.provider;
  }
  get model(): string {
    return this.lifecycle.model;
  }
  firstToken(): void {
    this.lifecycle.firstToken();
  }
  setUsage(usage: Usage): void {
    this.lifecycle.setUsage(usage);
  }
  setResponse(info: ResponseInfo): void {
    this.lifecycle.setResponse(info);
  }
  describe(model: string | undefined, streaming: boolean): void {
    this.lifecycle.describe(model, streaming);
  }
}

class NoopRequest extends NoopHandle implements StartedRequest {
  private readonly options: RequestOptions;

  constructor(options: RequestOptions) {
    super();
    // Any value, where the caller breaks the types: that must not throw either.
    this.options = Object(options);
  }

  get provider(): string {
    return nameIn(this.options, 'provider');
  }
  get model(): string {
    return nameIn(this.options, 'model');
  }
  firstToken(): void {}
  setUsage(_usage: Usage): void {}
  setResponse(_info: ResponseInfo): void {}
  describe(_model: string | undefined, _streaming: boolean): void {}
}

function nameIn(options: RequestOptions, key: 'provider' | 'model'): string {
  try {
    return options[key];
  } catch {
    // A getter of the caller that throws, where nothing is recorded.
    return '';
  }
}
