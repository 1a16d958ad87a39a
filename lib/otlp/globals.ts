import {
  createNoopMeter,
  type MeterProvider,
  metrics,
  ProxyTracerProvider,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';

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
export function globalDelegate(): TracerProvider {
  const provider = trace.getTracerProvider();
  return provider instanceof ProxyTracerProvider ? provider.getDelegate() : provider;
}

/** Registers a MeterProvider, unless the process has one. Returns how to take it back, unless it was replaced. */
export function registerMeterProvider(meterProvider: MeterProvider): () => void {
  if (globalMeterProvider() === undefined) metrics.setGlobalMeterProvider(meterProvider);
  return () => {
    if (metrics.getMeterProvider() === meterProvider) metrics.disable();
  };
}

/**
 * Makes `trace.getTracer()` hand out tracers of a provider, unless the process has another one. The global stays free:
 * an SDK that is started later registers its own, and takes the place of this one in the proxy.
 *
 * @returns how to take it back, unless it was replaced.
 */
export function lendTracerProvider(tracerProvider: TracerProvider): () => void {
  const proxy = trace.getTracerProvider();
  if (!(proxy instanceof ProxyTracerProvider) || globalTracerProvider() !== undefined) return () => undefined;
  proxy.setDelegate(tracerProvider);
  return () => {
    // A proxy without a delegate has `undefined` in its place, which the type of the setter does not say. A no-op
    // provider would be handed out for good to whoever asks for a tracer before the next one is registered.
    if (proxy.getDelegate() === tracerProvider) proxy.setDelegate(undefined as unknown as TracerProvider);
  };
}
