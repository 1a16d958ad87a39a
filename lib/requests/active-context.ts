import { type Context, context, ROOT_CONTEXT } from '@opentelemetry/api';
import { sharedState } from '../global-state.js';
import { requestOf } from './call-context.js';
import type { FollowableRequest } from './followed-call.js';

/**
 * The context of the callback that runs now, for processes without a context manager: one is claimed with the first
 * request or operation, but the API refuses it where another version of itself was there first.
 */
const fallback = sharedState<{ context: Context | undefined }>('fallback-context.v1', () => ({
  context: undefined,
}));

/**
 * Runs `fn` with `active` as the active context. Without a context manager the context reaches only what `fn`
 * does before its first `await`: enough for requests started there to find their operation.
 */
export function runInContext<T>(active: Context, fn: () => T): T {
  return context.with(active, runActive<T>, undefined, active, fn);
}

/** The context that whatever starts now belongs to. */
export function activeContext(): Context {
  const active = context.active();
  return active === ROOT_CONTEXT && fallback.context !== undefined ? fallback.context : active;
}

/**
 * The request in whose `run` or `observeRequest` callback this is called, if it has not ended. A client that
 * observes its calls by itself records into this one instead of counting the same call twice.
 *
 * Internal; not covered by semver.
 */
export function activeRequest(): FollowableRequest | undefined {
  const request = requestOf(activeContext());
  return request?.ended === false ? request : undefined;
}

function runActive<T>(active: Context, fn: () => T): T {
  if (context.active() === active) return fn();
  const before = fallback.context;
  fallback.context = active;
  try {
    return fn();
  } finally {
    fallback.context = before;
  }
}
