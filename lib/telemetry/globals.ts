import {
  context,
  createContextKey,
  createNoopMeter,
  type MeterProvider,
  metrics,
  ProxyTracerProvider,
  propagation,
  ROOT_CONTEXT,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { createLatePropagator, type PropagatorName } from './late-propagator.js';

const PROBE = createContextKey('llm-edge-monitoring probe');

/** The process's MeterProvider, or `undefined` where nobody registered one. */
export function globalMeterProvider(): MeterProvider | undefined {
  const provider = metrics.getMeterProvider();
  // The no-op provider hands out one shared no-op meter, the only thing that tells it from a real one.
  return provider.getMeter('llm-edge-monitoring') === createNoopMeter() ? undefined : provider;
}

/** The process's TracerProvider, or `undefined` where nobody registered one. */
export function globalTracerProvider(): TracerProvider | undefined {
  const provider = trace.getTracerProvider();
  if (!(provider instanceof ProxyTracerProvider)) return provider;
  return provider.getDelegateTracer('llm-edge-monitoring') === undefined ? undefined : provider;
}

/** The provider behind the proxy that the API puts before every one. */
function globalDelegate(): TracerProvider {
  const provider = trace.getTracerProvider();
  return provider instanceof ProxyTracerProvider ? provider.getDelegate() : provider;
}

function hasContextManager(): boolean {
  return context.with(ROOT_CONTEXT.setValue(PROBE, true), () => context.active().getValue(PROBE) === true);
}

/** What to put where the process has nothing yet. */
export interface Globals {
  readonly meterProvider: MeterProvider | undefined;
  readonly tracerProvider: TracerProvider | undefined;
  readonly propagators: readonly PropagatorName[];
}

/**
 * Registers what the process lacks, and nothing else: a provider, context manager or propagator of the user stays.
 *
 * @returns how to take back exactly what was registered.
 */
export function registerGlobals({ meterProvider, tracerProvider, propagators }: Globals): () => void {
  const undo: (() => void)[] = [];
  if (meterProvider !== undefined && globalMeterProvider() === undefined) {
    metrics.setGlobalMeterProvider(meterProvider);
    undo.push(() => {
      if (metrics.getMeterProvider() === meterProvider) metrics.disable();
    });
  }
  if (tracerProvider !== undefined && globalTracerProvider() === undefined) {
    trace.setGlobalTracerProvider(tracerProvider);
    undo.push(() => {
      if (globalDelegate() === tracerProvider) trace.disable();
    });
  }
  if (!hasContextManager()) {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    undo.push(() => context.disable());
  }
  if (propagators.length > 0 && propagation.fields().length === 0) {
    propagation.setGlobalPropagator(createLatePropagator(propagators));
    undo.push(() => propagation.disable());
  }
  return () => {
    for (const step of undo.reverse()) step();
  };
}
