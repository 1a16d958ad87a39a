import { context, createContextKey, propagation, ROOT_CONTEXT } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { sharedState } from '../global-state.js';
import { logger } from '../logger.js';
import { globalDelegate } from './globals.js';
import { createLatePropagator, type PropagatorName } from './late-propagator.js';

/** A global of which a process has one. */
interface Claim {
  readonly name: string;
  /** Whether the process has none yet. */
  isFree(): boolean;
  register(): void;
  /** Whether this package's is in place: false where the API refused it, and once another one has replaced it. */
  isOurs(): boolean;
  disable(): void;
}

const PROBE = createContextKey('llm-edge-monitoring probe');

/** Runs before the next observed call or operation; `undefined` where there is nothing to do. */
const state = sharedState<{ onObserved: (() => void) | undefined }>('context-claim.v1', () => ({
  onObserved: undefined,
}));

/**
 * Claims the context manager and the propagator where the process has none. Call it before the active context of an
 * observed call or operation is looked up: until then there is no context that could be lost.
 *
 * After the first call it only compares two references.
 */
export function claimContext(): void {
  state.onObserved?.();
}

/**
 * Has the first observed call claim the context manager and the propagator, so that an SDK that starts before that call
 * finds the process as if this package were not there.
 *
 * @returns a function that gives back what was claimed, unless another one has replaced it.
 */
export function offerContext(propagators: readonly PropagatorName[]): () => void {
  const claims: Claim[] = [];
  state.onObserved = () => {
    // First of all: a claim that throws would throw again with each call.
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
 * Warns once that an SDK came too late. An SDK registers its tracer provider together with its context manager and its
 * propagator. The API refuses these two without a word, so the other tracer provider is the only sign of them.
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
