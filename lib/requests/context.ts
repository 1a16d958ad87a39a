import {
  type Context,
  context,
  createContextKey,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  trace,
} from '@opentelemetry/api';
import type { ErrorType } from '../catalogue/error-types.js';
import { sharedState } from '../global-state.js';
import type { CalledModel, StartedRequest } from './handle.js';
import type { Interval, OperationRequest } from './operation-requests.js';

/** An operation, as seen by the requests and operations within it. */
export interface ActiveOperation {
  requestStarted(provider: string, operation: string, startMs: number): OperationRequest;
  /** Reports the model of the request once it is known. */
  requestNamed(request: OperationRequest, model: string): void;
  /** @param error - why the request failed; the same error may then end the operation. */
  requestEnded(
    request: OperationRequest,
    errorType: ErrorType | undefined,
    endMs: number,
    error: unknown,
  ): void;
  /** Adds the requests of an operation that ran within this one. */
  includeIntervals(intervals: readonly Interval[]): void;
}

/** A request that distinguishes the calls made within it. */
export interface ActiveRequest {
  readonly span: Span;
  readonly ended: boolean;
  /** Observes a call that is made within this request. */
  follow(call: CalledModel): StartedRequest;
}

/** The outcome of a call, as seen by the fetch that made it. */
export interface CallOutcome {
  readonly status?: number | undefined;
  readonly error?: unknown;
}

/** An observed call whose fetch has not returned yet. */
export interface FetchInFlight {
  readonly hostAndPath: string;
  isOver: boolean;
  /** The outcome that a nested fetch reported because it did not observe the call itself. */
  outcome: CallOutcome | undefined;
  /** Answers and bodies that nested fetches already observe. */
  claimed: Set<unknown> | undefined;
}

/** Shows nested fetches, of either copy of this package, that an outer fetch observes their call. */
export interface FetchMark {
  readonly call: FetchInFlight;
  /** Whether a nested fetch has already made this call. A further nested fetch makes another call. */
  isTaken: boolean;
}

/** The one value that this package stores in a context. The operation and request in it may have ended. */
export interface Surroundings {
  readonly operation: ActiveOperation | undefined;
  readonly request: ActiveRequest | undefined;
  /** The innermost observed fetch. */
  readonly fetch: FetchMark | undefined;
}

// The API returns the same key for the same text, so both copies of this package share it.
const KEY = createContextKey('llm-edge-monitoring.surroundings.v1');

const NOTHING: Surroundings = { operation: undefined, request: undefined, fetch: undefined };

export function surroundingsOf(parent: Context): Surroundings {
  return (parent.getValue(KEY) as Surroundings | undefined) ?? NOTHING;
}

/**
 * Makes a span the active one. Where no spans are made, the tracer returns the context of the active span in the form of
 * a span, or an invalid one; the user's own span then stays active, so that it gets what is set on it.
 */
export function withSpan(parent: Context, span: Span): Context {
  try {
    const made = span.spanContext();
    if (!isSpanContextValid(made) || made === trace.getSpanContext(parent)) return parent;
  } catch {
    // A span of the user's provider throws. It is made, so it is active.
  }
  return trace.setSpan(parent, span);
}

/** Creates the context for code that runs within an operation. */
export function withOperation(parent: Context, operation: ActiveOperation, span: Span): Context {
  const { request, fetch } = surroundingsOf(parent);
  return withSpan(parent.setValue(KEY, { operation, request, fetch }), span);
}

/** Creates the context for code that runs within a request. */
export function withRequest(parent: Context, request: ActiveRequest, span: Span): Context {
  const { operation, fetch } = surroundingsOf(parent);
  return withSpan(parent.setValue(KEY, { operation, request, fetch }), span);
}

/** Creates the context in which an observed fetch makes its call. */
export function withFetch(parent: Context, fetch: FetchMark): Context {
  const { operation, request } = surroundingsOf(parent);
  return parent.setValue(KEY, { operation, request, fetch });
}

/**
 * The context of the callback that runs now, for processes without a context manager. The first request or operation
 * registers one, but the API refuses it if another version of the API was loaded first.
 */
const fallback = sharedState<{ context: Context | undefined }>('fallback-context.v1', () => ({
  context: undefined,
}));

/**
 * Runs `fn` with `active` as the active context. Without a context manager the context reaches only what `fn`
 * does before its first `await`: enough for requests started there to find their operation.
 */
export function runInContext<T>(active: Context, fn: () => T): T {
  const before = fallback.context;
  fallback.context = active;
  try {
    return context.with(active, fn);
  } finally {
    fallback.context = before;
  }
}

/** Returns the context to which a request or operation belongs if it starts now. */
export function activeContext(): Context {
  const active = context.active();
  if (active !== ROOT_CONTEXT || fallback.context === undefined) return active;
  // With a context manager, the caller has chosen the root context.
  return context.with(PROBE, isProbeActive) ? active : fallback.context;
}

const PROBE = ROOT_CONTEXT.setValue(KEY, undefined);

function isProbeActive(): boolean {
  return context.active() === PROBE;
}

/**
 * Returns the request whose `run` or `observeRequest` callback is running, unless it has ended. Clients that observe
 * their calls record into it instead of counting the same call twice.
 */
export function activeRequest(active: Context = activeContext()): ActiveRequest | undefined {
  const { request } = surroundingsOf(active);
  return request?.ended === false ? request : undefined;
}
