import { INVALID_SPAN_CONTEXT, type Span, trace } from '@opentelemetry/api';
import type { ErrorType } from '../catalogue/error-types.js';
import { current } from '../instruments/current.js';
import type { RequestRecorder } from '../instruments/recorder.js';
import { attempt } from './attempt.js';
import { REQUEST_DEPS, type RequestDeps } from './deps.js';
import { LiveRequest } from './live-request.js';
import type { RequestHandle, RequestOptions, ResponseInfo } from './request-handle.js';
import type { Usage } from './usage.js';

const NO_SPAN = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);

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
  options: RequestOptions,
  recorder: RequestRecorder,
  deps?: RequestDeps,
): RequestHandle;
export function startRequest(
  options: RequestOptions,
  recorder: RequestRecorder = current.recorder,
  deps: RequestDeps = REQUEST_DEPS,
): RequestHandle {
  if (!recorder.enabled) return new IdleRequest(options);
  try {
    const live = new LiveRequest(options, recorder, deps);
    const held = new HeldRequest(live);
    live.begin(held, options.maxDurationMs);
    return held;
  } catch {
    // Options that are no options (a getter that throws, a symbol for a model): the caller's request goes on.
    attempt(recorder, 'startRequest', () => recorder.drop('internal_error', 'startRequest'));
    return new IdleRequest(options);
  }
}

/** What the caller holds. Its collection tells that nobody can end the request any more. */
class HeldRequest implements RequestHandle {
  private readonly live: LiveRequest;

  constructor(live: LiveRequest) {
    this.live = live;
  }

  get provider(): string {
    return this.live.provider;
  }
  get model(): string {
    return this.live.model;
  }
  get span(): Span {
    return this.live.span;
  }
  get ended(): boolean {
    return this.live.ended;
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
  end(): void {
    this.live.end();
  }
  fail(error: unknown, errorType?: ErrorType): void {
    this.live.fail(error, errorType);
  }
  run<T>(fn: () => T): T {
    return this.live.run(fn);
  }
  touch(): void {
    this.live.touch();
  }
}

/** Keeps the contract and records nothing. */
class IdleRequest implements RequestHandle {
  readonly span: Span = NO_SPAN;
  ended = false;
  private readonly options: RequestOptions;

  constructor(options: RequestOptions) {
    // Whatever was passed: who breaks the types must still not be thrown at.
    this.options = Object(options);
  }

  get provider(): string {
    return this.options.provider;
  }
  get model(): string {
    return this.options.model;
  }

  firstToken(): void {}
  setUsage(_usage: Usage): void {}
  setResponse(_info: ResponseInfo): void {}
  end(): void {
    this.ended = true;
  }
  fail(_error: unknown, _errorType?: ErrorType): void {
    this.ended = true;
  }
  run<T>(fn: () => T): T {
    return fn();
  }
}
