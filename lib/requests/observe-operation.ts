import type { Context } from '@opentelemetry/api';
import type { ErrorType } from '../catalogue/error-types.js';
import { classifyError } from '../errors/classify-error.js';
import { type CacheTier, current, type NoopRecorder, type RequestRecorder } from '../metrics/recorder.js';
import { claimContext } from '../otlp/globals.js';
import {
  type NodeServerResponse,
  observeNodeResponse,
  type ResponseObserver,
} from '../streams/node-response.js';
import { countFailure, guard } from './guard.js';
import type { CacheLookupOptions, OperationHandle, OperationOptions } from './handle.js';
import { readOperationOptions } from './input.js';
import { LifecycleHandle, REQUEST_DEPS, type RequestDeps } from './lifecycle.js';
import { NoopOperation } from './noop-handles.js';
import { type InFlight, observeResult } from './observe-result.js';
import { OperationLifecycle } from './operation-lifecycle.js';
import { OperationResponse, type ResponseHead, type ResponseNotes } from './operation-response.js';

/**
 * Observes one operation: the work of a gateway for one request of its caller, with all requests to providers.
 *
 * Requests started within `fn` become children of its span (kind SERVER, or INTERNAL if a span of this process is
 * already active). A request that follows a failed one of the same kind is recorded as a retry, or as a failover if it
 * goes to another provider; a request that starts while another is in flight is neither. Overhead is the part of the
 * operation's time in which no request was in flight. An operation that returns a stream, or a `Response` with events,
 * ends with it by the rules of {@link observeRequest}; with any other `Response` it ends at once. Its result and errors
 * are returned and thrown unchanged. If it ends with the error of a pipe, its requests show which side closed the pipe:
 * the caller (`client_cancelled`) or the upstream.
 *
 * The first observed call or operation registers a context manager if the process has none. If that is refused, only
 * requests started before the first `await` of `fn`, or within `operation.run`, belong to the operation.
 *
 * @param options - describes the operation.
 * @param fn - performs the operation.
 */
export function observeOperation<T>(options: OperationOptions, fn: (operation: OperationHandle) => T): T;
/** @internal */
export function observeOperation<T>(
  options: OperationOptions,
  fn: (operation: OperationHandle) => T,
  recorder: RequestRecorder | NoopRecorder,
  deps?: RequestDeps,
): T;
export function observeOperation<T>(
  options: OperationOptions,
  fn: (operation: OperationHandle) => T,
  recorder: RequestRecorder | NoopRecorder = current.recorder,
  deps: RequestDeps = REQUEST_DEPS,
): T {
  if (!recorder.enabled) return fn(new NoopOperation());
  const operation = startOperation(options, recorder, deps);
  let result: T;
  try {
    result = operation.run(() => fn(operation));
  } catch (error) {
    operation.noteFailure(error);
    throw error;
  }
  return observeResult(result, new ReturningOperation(operation), 'events');
}

/**
 * Starts to observe one operation, for servers in which no function returns when the operation is over.
 *
 * Code that runs within `operation.run` belongs to the operation, as does everything that it starts. The caller ends the
 * operation with `end`, `fail` or {@link OperationHandle.endWith}. If the handle is garbage-collected before that, the
 * operation ends as `client_cancelled` at the time of its last use; if it takes longer than `maxDurationMs`, it ends as
 * `timeout`. Before `initMonitoring` the handle does nothing. Never throws.
 *
 * @param options - describes the operation.
 */
export function startOperation(options: OperationOptions): OperationHandle;
/** @internal */
export function startOperation(
  options: OperationOptions,
  recorder: RequestRecorder | NoopRecorder,
  deps?: RequestDeps,
  parent?: Context,
): StartedOperation;
export function startOperation(
  options: OperationOptions,
  recorder: RequestRecorder | NoopRecorder = current.recorder,
  deps: RequestDeps = REQUEST_DEPS,
  parent?: Context,
): StartedOperation {
  if (!recorder.enabled) return new NoopOperation();
  guard(recorder, 'startOperation', claimContext);
  try {
    const input = readOperationOptions(options, (reason) => recorder.drop(reason, 'startOperation'));
    const lifecycle = new OperationLifecycle(input, recorder, deps, parent);
    const handle = new ObservedOperation(lifecycle);
    lifecycle.begin(handle, input.maxDurationMs);
    return handle;
  } catch {
    // If a recorder or a tracker throws, the caller's operation must continue.
    countFailure(recorder, 'startOperation');
    return new NoopOperation();
  }
}

/** An operation as used by this package, which notes a failure before the response is known. */
export interface StartedOperation extends OperationHandle {
  /** Ends the operation as a failure or, with a response, notes the failure as the reason of the response. */
  noteFailure(error: unknown, errorType?: ErrorType): void;
  /** Ends the operation as a success, unless a response will end it. */
  noteReturn(): void;
  /**
   * Ends the operation with a response of any kind.
   *
   * @param attach - makes the response report to the observer.
   */
  endBy(response: ResponseHead, attach: (observer: ResponseObserver) => void, notes?: ResponseNotes): void;
  classify?(error: unknown): ErrorType;
  touch?(): void;
}

class ObservedOperation extends LifecycleHandle<OperationLifecycle> implements StartedOperation {
  private response: OperationResponse | undefined;

  cacheLookup<T>(tier: CacheTier, lookup: () => T, options?: CacheLookupOptions<T>): T {
    return this.lifecycle.cacheLookup(tier, lookup, options);
  }

  endWith(response: NodeServerResponse): void {
    this.endBy(response, (observer) => observeNodeResponse(response, observer));
  }

  endBy(
    response: ResponseHead,
    attach: (observer: ResponseObserver) => void,
    notes: ResponseNotes = {},
  ): void {
    if (this.response !== undefined || this.ended) return;
    this.lifecycle.touch();
    try {
      const observer = new OperationResponse(this, response, notes);
      attach(observer);
      this.response = observer;
    } catch {
      this.lifecycle.drop('invalid_value', 'endWith');
    }
  }

  noteFailure(error: unknown, errorType?: ErrorType): void {
    if (this.response === undefined) this.fail(error, errorType);
    else this.response.failure = { error, errorType };
  }

  noteReturn(): void {
    if (this.response === undefined) this.end();
  }

  get lastErrorType(): ErrorType | undefined {
    return this.lifecycle.lastErrorType;
  }

  elapsedMs(): number {
    return this.lifecycle.elapsedMs();
  }
}

/** An operation whose callback returned: its result ends the operation, unless a response will. */
class ReturningOperation implements InFlight {
  private readonly operation: StartedOperation;

  constructor(operation: StartedOperation) {
    this.operation = operation;
  }

  end(): void {
    this.operation.noteReturn();
  }
  fail(error: unknown, errorType?: ErrorType): void {
    this.operation.noteFailure(error, errorType);
  }
  run<T>(fn: () => T): T {
    return this.operation.run(fn);
  }
  classify(error: unknown): ErrorType {
    return this.operation.classify?.(error) ?? classifyError(error);
  }
  touch(): void {
    this.operation.touch?.();
  }
}
