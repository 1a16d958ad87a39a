import type { Context } from '@opentelemetry/api';
import type { RequestParameters } from '../catalogue/request-parameters.js';
import type { Usage, UsagePart } from '../cost/usage.js';
import { current, type NoopRecorder, type RequestRecorder } from '../metrics/recorder.js';
import { claimContext } from '../otlp/globals.js';
import { activeContext } from './context.js';
import { countFailure, guard } from './guard.js';
import type { Job, RequestHandle, RequestOptions, ResponseInfo, StartedRequest, UsageGap } from './handle.js';
import { readRequestOptions, type StartOptions } from './input.js';
import { LifecycleHandle, REQUEST_DEPS, type RequestDeps } from './lifecycle.js';
import { NoopRequest } from './noop-handles.js';
import { observeResult } from './observe-result.js';
import { RequestLifecycle } from './request-lifecycle.js';

/**
 * Observes one request to one provider: runs `fn` with the request's span active and ends the request when the result
 * of `fn` ends.
 *
 * A value ends the request at once, a promise when it settles. A stream, returned or resolved, ends it when the stream
 * was read to the end (success), was left by `break`, `return()`, `cancel()` or an abort (`client_cancelled`), or broke
 * off after its first chunk (`stream_interrupted`). A `Response` ends the request with its body, by the same rules, or
 * at once if it has no body or the body was already read; a `Response` that is not `ok` is a failure. A body that is
 * never read ends the request when it is garbage-collected (`client_cancelled`).
 *
 * The result of `fn` is returned unchanged: the same promise and the same stream object with all their methods. An
 * exception of `fn` is rethrown. Before `initMonitoring` the function only calls `fn`.
 *
 * The tokens and cost of all calls that `fn` makes through instrumented fetches and `bedrockMiddleware` are added up,
 * whether the calls are sequential or concurrent. Within one call a later usage replaces an earlier one, because
 * streams report cumulative usage. Each call is priced by the provider and model that it calls or, if these have no
 * price, by those of `options`; if only some calls have a price, their sum is recorded and the request is counted as
 * unpriced. Tokens and cost are recorded under the provider and model of `options`; those of a call that outlasts the
 * request are recorded when that call ends. `setUsage` replaces both tokens and cost; `setResponse` with a cost
 * replaces only the cost. For other clients, tokens, cost and the time to first token are known only if `fn` sets them
 * on the handle.
 *
 * @param options - describes the request.
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
 * Starts to observe one request to one provider: its span, the gauge of active requests, and the records at its end.
 *
 * The caller ends the request with `end` or `fail`. If the handle is garbage-collected before that, the request ends as
 * `client_cancelled` at the time of its last use; if it takes longer than `maxDurationMs`, it ends as `timeout`. Before
 * `initMonitoring` the handle does nothing. Never throws.
 *
 * @param options - describes the request.
 */
export function startRequest(options: RequestOptions): RequestHandle;
/** @internal */
export function startRequest(
  options: StartOptions,
  recorder: RequestRecorder | NoopRecorder,
  deps?: RequestDeps,
  parent?: Context,
): StartedRequest;
export function startRequest(
  options: StartOptions,
  recorder: RequestRecorder | NoopRecorder = current.recorder,
  deps: RequestDeps = REQUEST_DEPS,
  parent?: Context,
): StartedRequest {
  if (!recorder.enabled) return new NoopRequest(options);
  guard(recorder, 'startRequest', claimContext);
  try {
    const input = readRequestOptions(options, (reason) => recorder.drop(reason, 'startRequest'));
    const lifecycle = new RequestLifecycle(input, recorder, deps, parent ?? activeContext());
    const handle = new ObservedRequest(lifecycle);
    lifecycle.begin(handle, input.maxDurationMs);
    return handle;
  } catch {
    // If a recorder or a tracker throws, the caller's request must continue.
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
  chunks(count: number): void {
    this.lifecycle.chunks(count);
  }
  setUsage(usage: Usage, parts?: readonly UsagePart[]): void {
    this.lifecycle.setUsage(usage, parts);
  }
  noteJob(job: Job, owner: string): void {
    this.lifecycle.noteJob(job, owner);
  }
  missUsage(gap: UsageGap): void {
    this.lifecycle.missUsage(gap);
  }
  setResponse(info: ResponseInfo): void {
    this.lifecycle.setResponse(info);
  }
  describe(model: string | undefined, streaming: boolean, parameters?: RequestParameters): void {
    this.lifecycle.describe(model, streaming, parameters);
  }
}
