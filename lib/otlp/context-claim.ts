import { context, createContextKey, propagation, ROOT_CONTEXT } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { sharedState } from '../global-state.js';
import { logger } from '../logger.js';
import { globalDelegate } from './globals.js';
import { createLatePropagator, type PropagatorName } from './propagator.js';

/** Something global of which a process has one. */
interface Claim {
  readonly name: string;
  /** Whether the process has none yet. */
  isFree(): boolean;
  register(): void;
  /** Whether ours is in place: false where the API refused it, and once somebody has put another in its place. */
  isOurs(): boolean;
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
  const claims: Claim[] = [];
  state.onObserved = () => {
    // Before anything else: what fails now would fail again with each call.
    state.onObserved = undefined;
    for (const claim of [contextManagerClaim(), propagatorClaim(propagators)]) {
      if (!claim.isFree()) continue;
      claims.push(claim);
      claim.register();
    }
    if (claims.length > 0) state.onObserved = createRefusalCheck(claims);
  };
  return () => {
    state.onObserved = undefined;
    for (const claim of claims) if (claim.isOurs()) claim.disable();
  };
}

/**
 * Tells once that an SDK came too late. An SDK registers its tracer provider together with its context manager and
 * its propagator, and nobody is told of those that the API refuses: that the provider is another one is the only trace.
 */
function createRefusalCheck(claims: readonly Claim[]): () => void {
  const provider = globalDelegate();
  return () => {
    if (globalDelegate() === provider) return;
    state.onObserved = undefined;
    const names = claims.filter((claim) => claim.isOurs()).map(({ name }) => name);
    if (names.length === 0) return;
    logger().warn(
      `a tracer provider was registered after the first observed call, when the ${names.join(' and the ')} of this ` +
        'package were in force already: those that its SDK brought were refused, and what it keeps apart for each ' +
        'request (isolation scopes, users) may be mixed up. Start that SDK before the first observed call: import the ' +
        'file with Sentry.init() or NodeSDK.start() first, and do not set registerGlobals',
    );
  };
}

function contextManagerClaim(): Claim {
  const manager = new AsyncLocalStorageContextManager().enable();
  const marker = ROOT_CONTEXT.setValue(PROBE, true);
  const isMarked = (): boolean => context.active().getValue(PROBE) === true;
  return {
    name: 'context manager',
    isFree: () => !context.with(marker, isMarked),
    register: () => context.setGlobalContextManager(manager),
    isOurs: () => manager.with(marker, isMarked),
    disable: () => context.disable(),
  };
}

function propagatorClaim(names: readonly PropagatorName[]): Claim {
  const propagator = createLatePropagator(names);
  return {
    name: 'propagator',
    isFree: () => names.length > 0 && propagation.fields().length === 0,
    register: () => propagation.setGlobalPropagator(propagator),
    isOurs: () => propagation.fields() === propagator.fields(),
    disable: () => propagation.disable(),
  };
}
