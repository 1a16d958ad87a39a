import { type Context, createContextKey } from '@opentelemetry/api';
import type { FollowableRequest } from './followed-call.js';
import type { OperationScope } from './operation-scope.js';

// The API makes the same key of the same text, whichever copy of this package asks.
const OPERATION_KEY = createContextKey('llm-edge-monitoring.operation.v1');
const REQUEST_KEY = createContextKey('llm-edge-monitoring.request.v1');
const FETCH_KEY = createContextKey('llm-edge-monitoring.fetch.v1');

/** How a call ended, as seen where it was made. */
export interface CallOutcome {
  readonly status?: number | undefined;
  readonly error?: unknown;
}

/** An observed call, as long as the fetch that observes it has not returned. */
export interface FetchInFlight {
  /** What is called. */
  readonly hostAndPath: string;
  isOver: boolean;
  /** How the call ended, where a nested fetch left it to this one. */
  outcome: CallOutcome | undefined;
  /** Answers, and their bodies, that nested fetches observe by themselves. */
  claimed: Set<unknown> | undefined;
}

/** Tells nested fetches, of whichever copy of this package, that an outer fetch observes their call. */
export interface FetchMark {
  readonly call: FetchInFlight;
  /** Whether a nested fetch has left its call to the outer one: what follows is another call. */
  isTaken: boolean;
}

/**
 * The operation, the request, the observed fetch and one more value, the span, above a context of somebody else.
 *
 * A context of the API copies all values into a `Map` and makes three closures for each value that is set. Here they
 * are fields, and what others set goes into the context beneath, so that however deep contexts are nested, there are
 * never two of these above each other.
 */
class CallContext implements Context {
  private readonly base: Context;
  private readonly operation: unknown;
  private readonly request: unknown;
  private readonly fetch: unknown;
  private readonly key: symbol | undefined;
  private readonly value: unknown;

  constructor(
    base: Context,
    operation: unknown,
    request: unknown,
    fetch: unknown,
    key: symbol | undefined,
    value: unknown,
  ) {
    this.base = base;
    this.operation = operation;
    this.request = request;
    this.fetch = fetch;
    this.key = key;
    this.value = value;
  }

  getValue(key: symbol): unknown {
    if (key === this.key) return this.value;
    if (key === OPERATION_KEY) return this.operation;
    if (key === REQUEST_KEY) return this.request;
    if (key === FETCH_KEY) return this.fetch;
    return this.base.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    const { base, operation, request, fetch } = this;
    if (key === OPERATION_KEY) return new CallContext(base, value, request, fetch, this.key, this.value);
    if (key === REQUEST_KEY) return new CallContext(base, operation, value, fetch, this.key, this.value);
    if (key === FETCH_KEY) return new CallContext(base, operation, request, value, this.key, this.value);
    if (this.key === undefined || key === this.key) {
      return new CallContext(base, operation, request, fetch, key, value);
    }
    return new CallContext(base.setValue(key, value), operation, request, fetch, this.key, this.value);
  }

  deleteValue(key: symbol): Context {
    return this.setValue(key, undefined);
  }
}

function callContext(parent: Context): Context {
  if (parent instanceof CallContext) return parent;
  return new CallContext(
    parent,
    operationOf(parent),
    requestOf(parent),
    fetchOf(parent),
    undefined,
    undefined,
  );
}

export function withOperation(parent: Context, operation: OperationScope): Context {
  return callContext(parent).setValue(OPERATION_KEY, operation);
}

export function withRequest(parent: Context, request: FollowableRequest): Context {
  return callContext(parent).setValue(REQUEST_KEY, request);
}

/** The operation that a request started in `parent` belongs to. */
export function operationOf(parent: Context): OperationScope | undefined {
  return parent.getValue(OPERATION_KEY) as OperationScope | undefined;
}

/** The request that `parent` is within, ended or not. */
export function requestOf(parent: Context): FollowableRequest | undefined {
  return parent.getValue(REQUEST_KEY) as FollowableRequest | undefined;
}

export function withFetch(parent: Context, mark: FetchMark): Context {
  return callContext(parent).setValue(FETCH_KEY, mark);
}

/** The innermost observed fetch that `parent` is within, over or not. */
export function fetchOf(parent: Context): FetchMark | undefined {
  return parent.getValue(FETCH_KEY) as FetchMark | undefined;
}
