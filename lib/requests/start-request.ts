import { current, type NoopRecorder, type RequestRecorder } from '../metrics/recorder.js';
import { claimContext } from '../otlp/context-claim.js';
import { attempt } from './attempt.js';
import { REQUEST_DEPS, type RequestDeps } from './deps.js';
import { Held, Idle } from './handle.js';
import { readRequestOptions, type StartOptions } from './input.js';
import type { RequestHandle, RequestOptions } from './request-handle.js';
import { LiveRequest } from './request-lifecycle.js';
import type { ResponseInfo } from './response-info.js';
import type { Usage } from './usage.js';

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
  if (!recorder.enabled) return new IdleRequest(options);
  attempt(recorder, 'startRequest', claimContext);
  try {
    const input = readRequestOptions(options, (reason) => recorder.drop(reason, 'startRequest'));
    const live = new LiveRequest(input, recorder, deps);
    const held = new HeldRequest(live);
    live.begin(held, input.maxDurationMs);
    return held;
  } catch {
    // A recorder or a watcher that throws: the caller's request goes on.
    attempt(recorder, 'startRequest', () => recorder.drop('internal_error', 'startRequest'));
    return new IdleRequest(options);
  }
}

/** A request, and what only this package tells one. */
export interface StartedRequest extends RequestHandle {
  /** Tells what was not known when it was started. */
  describe(model: string | undefined, streaming: boolean): void;
}

class HeldRequest extends Held<LiveRequest> implements StartedRequest {
  get provider(): string {
    return this.live.provider;
  }
  get model(): string {
    return this.live.model;
  }
  firstToken(): void {
    this.live.firstToken();
  }
  setUsage(usage: Usage): void {
    this.live.setUsage(usage);
  }
  setResponse(info: ResponseInfo): void {
    this.live.setResponse(info);
  }
  describe(model: string | undefined, streaming: boolean): void {
    this.live.describe(model, streaming);
  }
}

class IdleRequest extends Idle implements StartedRequest {
  private readonly options: RequestOptions;

  constructor(options: RequestOptions) {
    super();
    // Whatever was passed: who breaks the types must still not be thrown at.
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
    // A getter of the caller's, which nobody records by.
    return '';
  }
}
