import { context, createContextKey, propagation, ROOT_CONTEXT } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { logger } from '../logger.js';
import { sharedState } from '../shared-state.js';
import { globalDelegate } from './globals.js';
import { createLatePropagator, type PropagatorName } from './late-propagator.js';

/** Something global that is ours. */
interface Claimed {
  readonly name: string;
  /** False once somebody has put something else in its place. */
  isInForce(): boolean;
  disable(): void;
}

const PROBE = createContextKey('llm-edge-monitoring probe');

/** What the next observed call or operation does first; `undefined` where it has nothing to do. */
const state = sharedState<{ onObserved: (() => void) | undefined }>('context-claim.v1', () => ({
  onObserved: undefined,
}));

/**
 * Claims the context manager and the propagator where the process has none. To be called before the context of an
 * observed call or operation is looked up: there is none that could be lost by then.
 *
 * After the first call it only compares two references.
 */
export function claimContext(): void {
  state.onObserved?.();
}

/**
 * Has the first observed call claim the context, so that an SDK that is started before it finds the process as if
 * this package were not there.
 *
 * @returns how to give back what was claimed, unless somebody else's is in its place.
 */
export function offerContext(propagators: readonly PropagatorName[]): () => void {
  let claimed: readonly Claimed[] = [];
  state.onObserved = () => {
    // Before anything else: what fails now would fail again with each call.
    state.onObserved = undefined;
    claimed = [claimContextManager(), claimPropagator(propagators)].filter((one) => one !== undefined);
    if (claimed.length > 0) state.onObserved = createRefusalCheck(claimed);
  };
  return () => {
    state.onObserved = undefined;
    for (const one of claimed) if (one.isInForce()) one.disable();
  };
}

/**
 * Tells once that an SDK came too late. An SDK registers its tracer provider together with its context manager and
 * its propagator, and nobody is told of those that the API refuses: that the provider is another one is the only trace.
 */
function createRefusalCheck(claimed: readonly Claimed[]): () => void {
  const provider = globalDelegate();
  return () => {
    if (globalDelegate() === provider) return;
    state.onObserved = undefined;
    const names = claimed.filter((one) => one.isInForce()).map(({ name }) => name);
    if (names.length === 0) return;
    logger().warn(
      `a tracer provider was registered after the first observed call, when the ${names.join(' and the ')} of this ` +
        'package were in force already: those of its SDK were refused, and what it keeps apart for each request ' +
        '(isolation scopes, users) may be mixed up. Start that SDK before the first observed call: import the file ' +
        'with Sentry.init() or NodeSDK.start() first, and do not set registerGlobals',
    );
  };
}

function hasContextManager(): boolean {
  return context.with(ROOT_CONTEXT.setValue(PROBE, true), () => context.active().getValue(PROBE) === true);
}

function claimContextManager(): Claimed | undefined {
  if (hasContextManager()) return undefined;
  const manager = new AsyncLocalStorageContextManager().enable();
  // Refused where another version of the API was there first: then contexts reach as far as `runInContext` says.
  if (!context.setGlobalContextManager(manager)) return undefined;
  const marker = ROOT_CONTEXT.setValue(PROBE, true);
  return {
    name: 'context manager',
    isInForce: () => manager.with(marker, () => context.active() === marker),
    disable: () => context.disable(),
  };
}

function claimPropagator(names: readonly PropagatorName[]): Claimed | undefined {
  if (names.length === 0 || propagation.fields().length > 0) return undefined;
  const propagator = createLatePropagator(names);
  if (!propagation.setGlobalPropagator(propagator)) return undefined;
  return {
    name: 'propagator',
    isInForce: () => propagation.fields() === propagator.fields(),
    disable: () => propagation.disable(),
  };
}
