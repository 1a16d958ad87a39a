import { type CacheTier, current, type NoopRecorder, type RequestRecorder } from '../metrics/recorder.js';
import { claimContext } from '../otlp/globals.js';
import { countFailure, guard } from './guard.js';
import type { CacheLookupOptions, OperationHandle, OperationOptions } from './handle.js';
import { readOperationOptions } from './input.js';
import { LifecycleHandle, NoopHandle, REQUEST_DEPS, type RequestDeps } from './lifecycle.js';
import { observeResult } from './observe-result.js';
import { OperationLifecycle } from './operation-lifecycle.js';

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
    operation.fail(error);
    throw error;
  }
  return observeResult(result, operation, 'events');
}

function startOperation(
  options: OperationOptions,
  recorder: RequestRecorder,
  deps: RequestDeps,
): OperationHandle {
  guard(recorder, 'observeOperation', claimContext);
  try {
    const input = readOperationOptions(options, (reason) => recorder.drop(reason, 'observeOperation'));
    const lifecycle = new OperationLifecycle(input, recorder, deps);
    const handle = new ObservedOperation(lifecycle);
    lifecycle.begin(handle, input.maxDurationMs);
    return handle;
  } catch {
    // If a recorder or a tracker throws, the caller's operation must continue.
    countFailure(recorder, 'observeOperation');
    return new NoopOperation();
  }
}

class ObservedOperation extends LifecycleHandle<OperationLifecycle> implements OperationHandle {
  cacheLookup<T>(tier: CacheTier, lookup: () => T, options?: CacheLookupOptions<T>): T {
    return this.lifecycle.cacheLookup(tier, lookup, options);
  }
}

class NoopOperation extends NoopHandle implements OperationHandle {
  cacheLookup<T>(_tier: CacheTier, lookup: () => T): T {
    return lookup();
  }
}
