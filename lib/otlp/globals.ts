import {
  createNoopMeter,
  type MeterProvider,
  metrics,
  ProxyTracerProvider,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';

/** The MeterProvider registered in this process, or `undefined`. */
export function globalMeterProvider(): MeterProvider | undefined {
  const provider = metrics.getMeterProvider();
  // Only its one shared no-op meter distinguishes the no-op provider from a real one.
  return provider.getMeter('llm-edge-monitoring') === createNoopMeter() ? undefined : provider;
}

/** The TracerProvider registered in this process, or `undefined`. */
export function globalTracerProvider(): TracerProvider | undefined {
  const provider = trace.getTracerProvider();
  if (!(provider instanceof ProxyTracerProvider)) return provider;
  return provider.getDelegateTracer('llm-edge-monitoring') === undefined ? undefined : provider;
}

/** The provider behind the proxy that the API puts in front of each. */
export function globalDelegate(): TracerProvider {
  const provider = trace.getTracerProvider();
  return provider instanceof ProxyTracerProvider ? provider.getDelegate() : provider;
}

/** Registers a MeterProvider, unless the process has one. Returns a function that removes it, unless it was replaced. */
export function registerMeterProvider(meterProvider: MeterProvider): () => void {
  if (globalMeterProvider() === undefined) metrics.setGlobalMeterProvider(meterProvider);
  return () => {
    if (metrics.getMeterProvider() === meterProvider) metrics.disable();
  };
}

/**
 * Makes `trace.getTracer()` return tracers of a provider, unless the process has another one. The global stays free: an
 * SDK that is started later registers its own, which replaces this one in the proxy.
 *
 * @returns a function that removes it, unless it was replaced.
 */
export function lendTracerProvider(tracerProvider: TracerProvider): () => void {
  const proxy = trace.getTracerProvider();
  if (!(proxy instanceof ProxyTracerProvider) || globalTracerProvider() !== undefined) return () => undefined;
  proxy.setDelegate(tracerProvider);
  return () => {
    // `undefined` is how a proxy has no delegate, although the type of the setter does not allow it. With a no-op
    // provider instead, each tracer used before the next provider is registered would remain a no-op for good.
    if (proxy.getDelegate() === tracerProvider) proxy.setDelegate(undefined as unknown as TracerProvider);
  };
}
