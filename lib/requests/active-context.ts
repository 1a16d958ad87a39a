import { type Context, context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import type { OperationScope } from './operation-scope.js';
import type { RequestHandle } from './request-handle.js';

const OPERATION_KEY = createContextKey('llm-edge-monitoring.operation.v1');
const REQUEST_KEY = createContextKey('llm-edge-monitoring.request.v1');

/** The context of the callback that runs now, for processes without a context manager. */
let fallback: Context | undefined;

/**
 * Runs `fn` with `active` as the active context. Without a context manager the context reaches only what `fn`
 * does before its first `await`: enough for requests started there to find their operation.
 */
export function runInContext<T>(active: Context, fn: () => T): T {
  return context.with(active, () => {
    if (context.active() === active) return fn();
    const before = fallback;
    fallback = active;
    try {
      return fn();
    } finally {
      fallback = before;
    }
  });
}

/** The context that whatever starts now belongs to. */
export function activeContext(): Context {
  const active = context.active();
  return active === ROOT_CONTEXT && fallback !== undefined ? fallback : active;
}

export function withOperation(parent: Context, operation: OperationScope): Context {
  return parent.setValue(OPERATION_KEY, operation);
}

export function withRequest(parent: Context, request: RequestHandle): Context {
  return parent.setValue(REQUEST_KEY, request);
}

/** The operation that a request started in `parent` belongs to. */
export function operationOf(parent: Context): OperationScope | undefined {
  return parent.getValue(OPERATION_KEY) as OperationScope | undefined;
}

/**
 * The request in whose `run` or `observeRequest` callback this is called, if it has not ended. A client that
 * observes its calls by itself records into this one instead of counting the same call twice.
 *
 * Internal; not covered by semver.
 */
export function activeRequest(): RequestHandle | undefined {
  const request = activeContext().getValue(REQUEST_KEY) as RequestHandle | undefined;
  return request?.ended === false ? request : undefined;
}
