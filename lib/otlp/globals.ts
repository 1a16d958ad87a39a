import {
  context,
  createContextKey,
  createNoopMeter,
  type MeterProvider,
  metrics,
  propagation,
  ROOT_CONTEXT,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { sharedState } from '../global-state.js';
import { loadApi } from '../lazy.cjs';
import { logger } from '../logger.js';
import { createPropagator, type PropagatorName } from './propagator.js';
import { hasDelegate, isProxy, type ProviderProxy, yieldingTracers } from './yielding-tracers.js';

/** Returns the MeterProvider registered in this process, or `undefined`. */
export function globalMeterProvider(): MeterProvider | undefined {
  const provider = metrics.getMeterProvider();
  // Only its one shared no-op meter distinguishes the no-op provider from a real one.
  return provider.getMeter('llm-edge-monitoring') === createNoopMeter() ? undefined : provider;
}

/** Returns the TracerProvider that the user has registered in this process, or `undefined`. */
export function globalTracerProvider(): TracerProvider | undefined {
  return yieldingTracers.theirs();
}

/** Returns the provider behind the proxy that the API puts in front of each. */
function globalDelegate(): TracerProvider {
  const provider = trace.getTracerProvider();
  return isProxy(provider) ? provider.getDelegate() : provider;
}

/** Registers a MeterProvider unless the process has one. Returns a function that removes it unless it was replaced. */
export function registerMeterProvider(meterProvider: MeterProvider): () => void {
  if (globalMeterProvider() === undefined) metrics.setGlobalMeterProvider(meterProvider);
  return () => {
    if (metrics.getMeterProvider() === meterProvider) metrics.disable();
  };
}

/**
 * Makes `trace.getTracer()` return tracers of this package, unless the process has a provider. The global stays free: an
 * SDK that is started later registers its own, and the tracers that were handed out before follow it.
 *
 * @returns a function that takes back what was not replaced.
 */
export function lendTracers(): () => void {
  const lent = proxies().filter((proxy) => !hasDelegate(proxy));
  for (const proxy of lent) proxy.setDelegate(yieldingTracers);
  return () => {
    for (const proxy of lent) {
      // With a no-op provider instead of none, each tracer used before the next provider is registered would remain a
      // no-op permanently.
      if (proxy.getDelegate() === yieldingTracers) proxy.setDelegate(undefined);
    }
  };
}

/**
 * The proxies that `trace.getTracer()` uses in this process. From version 1.10 the API has an ESM and a CommonJS copy,
 * with a proxy each; a registered provider replaces both.
 */
function proxies(): readonly ProviderProxy[] {
  const providers = [trace, loadApi().trace].map((api) => api.getTracerProvider());
  return [...new Set(providers)].filter(isProxy);
}

/**
 * Registers the tracers of this package, so that they reach the copies of the API that are bundled or nested. Another SDK
 * can no longer register its provider then. Where the API refuses, they are lent as without this.
 *
 * @returns a function that takes back what was not replaced.
 */
export function registerTracers(): () => void {
  const isFree = globalTracerProvider() === undefined;
  if (!isFree || !trace.setGlobalTracerProvider(yieldingTracers)) return lendTracers();
  return () => {
    if (globalDelegate() === yieldingTracers) trace.disable();
  };
}

/** A global object that the API allows once in a process. */
interface Claim {
  readonly name: string;
  /** Whether the process has none yet. */
  isFree(): boolean;
  register(): void;
  /** Whether this package's object is the registered one: false where the API refused it or it was replaced. */
  isOurs(): boolean;
  disable(): void;
}

const PROBE = createContextKey('llm-edge-monitoring probe');

/** `onObserved` runs before each observed call or operation; `undefined` while there is nothing to do. */
const state = sharedState<{ onObserved: (() => void) | undefined }>('context-claim.v1', () => ({
  onObserved: undefined,
}));

/**
 * Registers a context manager and a propagator where the process has none. Call it before the context of an observed
 * call or operation is read: until then no context can be lost. After the first call it only compares two references.
 */
export function claimContext(): void {
  state.onObserved?.();
}

/**
 * Makes the first observed call register a context manager and a propagator. An SDK that is started before it finds
 * both free.
 *
 * @returns a function that removes what was registered, unless it was replaced.
 */
export function offerContext(propagators: readonly PropagatorName[]): () => void {
  const claims: Claim[] = [];
  state.onObserved = () => {
    // Cleared before any step that may fail, so that a failure is not repeated with each call.
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
 * Creates a check that warns once of an SDK that was started too late. An SDK registers its tracer provider together
 * with its context manager and its propagator. The API refuses a second one of these two silently, so that the only
 * evidence is a different tracer provider.
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
  const propagator = createPropagator(names);
  return {
    name: 'propagator',
    isFree: () => names.length > 0 && propagation.fields().length === 0,
    register: () => propagation.setGlobalPropagator(propagator),
    isOurs: () => propagation.fields() === propagator.fields(),
    disable: () => propagation.disable(),
  };
}
