import { type Context, createContextKey } from '@opentelemetry/api';
import type { OperationScope } from './operation-scope.js';
import type { RequestHandle } from './request-handle.js';

const OPERATION_KEY = createContextKey('llm-edge-monitoring.operation.v1');
const REQUEST_KEY = createContextKey('llm-edge-monitoring.request.v1');

/**
 * The operation, the request and one more value, the span, above a context of somebody else.
 *
 * A context of the API copies all values into a `Map` and makes three closures for each value that is set. Here they
 * are fields, and what others set goes into the context beneath, so that however deep contexts are nested, there are
 * never two of these above each other.
 */
class CallContext implements Context {
  private readonly base: Context;
  private readonly operation: unknown;
  private readonly request: unknown;
  private readonly key: symbol | undefined;
  private readonly value: unknown;

  constructor(base: Context, operation: unknown, request: unknown, key: symbol | undefined, value: unknown) {
    this.base = base;
    this.operation = operation;
    this.request = request;
    this.key = key;
    this.value = value;
  }

  getValue(key: symbol): unknown {
    if (key === this.key) return this.value;
    if (key === OPERATION_KEY) return this.operation;
    if (key === REQUEST_KEY) return this.request;
    return this.base.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    const { base, operation, request } = this;
    if (key === OPERATION_KEY) return new CallContext(base, value, request, this.key, this.value);
    if (key === REQUEST_KEY) return new CallContext(base, operation, value, this.key, this.value);
    if (this.key === undefined || key === this.key) {
      return new CallContext(base, operation, request, key, value);
    }
    return new CallContext(base.setValue(key, value), operation, request, this.key, this.value);
  }

  deleteValue(key: symbol): Context {
    return this.setValue(key, undefined);
  }
}

function callContext(parent: Context): Context {
  if (parent instanceof CallContext) return parent;
  return new CallContext(parent, operationOf(parent), requestOf(parent), undefined, undefined);
}

export function withOperation(parent: Context, operation: OperationScope): Context {
  return callContext(parent).setValue(OPERATION_KEY, operation);
}

export function withRequest(parent: Context, request: RequestHandle): Context {
  return callContext(parent).setValue(REQUEST_KEY, request);
}

/** The operation that a request started in `parent` belongs to. */
export function operationOf(parent: Context): OperationScope | undefined {
  return parent.getValue(OPERATION_KEY) as OperationScope | undefined;
}

/** The request that `parent` is within, ended or not. */
export function requestOf(parent: Context): RequestHandle | undefined {
  return parent.getValue(REQUEST_KEY) as RequestHandle | undefined;
}
