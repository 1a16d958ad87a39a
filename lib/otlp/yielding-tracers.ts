import {
  ProxyTracerProvider,
  type Span,
  type Tracer,
  type TracerOptions,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { sharedState } from '../global-state.js';

/** The part of the API's proxy that tells whether a provider is behind it. Each copy of the API has its own class. */
export interface ProviderProxy extends TracerProvider {
  getDelegate(): TracerProvider;
  setDelegate(delegate: TracerProvider | undefined): void;
  getDelegateTracer(name: string): Tracer | undefined;
}

/** Whether a provider is the proxy of the API. Detected by its methods, since another copy may have registered its own. */
export function isProxy(provider: TracerProvider): provider is ProviderProxy {
  const { getDelegate, setDelegate, getDelegateTracer } = provider as Partial<ProviderProxy>;
  return [getDelegate, setDelegate, getDelegateTracer].every((method) => typeof method === 'function');
}

/** Whether a provider is registered behind a proxy. */
export function hasDelegate(proxy: ProviderProxy): boolean {
  try {
    // Without a delegate, `getDelegate` returns a no-op provider that cannot be told from others.
    return proxy.getDelegateTracer('llm-edge-monitoring') !== undefined;
  } catch {
    // Only a provider of the user can throw here.
    return true;
  }
}

/** Makes tracers that make no spans: a proxy that never gets a delegate. */
export const NO_SPANS: TracerProvider = new ProxyTracerProvider();

/**
 * The tracer provider of this package that others see. Its tracers look up, for each span, the provider that makes it:
 * the user's where one is registered, else the one of the running monitoring, else none. So a tracer that was handed
 * out early follows a provider that is registered later.
 */
export interface YieldingTracers extends TracerProvider {
  /** The provider of the running monitoring. */
  own: TracerProvider | undefined;
  /** Called before the first span of a user's provider that was registered while monitoring runs. */
  onYield: ((theirs: TracerProvider) => void) | undefined;
  /** Whether a provider is making a span for one of the tracers now. */
  isBusy: boolean;
  /** The registered provider of the user. */
  theirs(): TracerProvider | undefined;
}

class YieldingProvider implements YieldingTracers {
  own: TracerProvider | undefined;
  onYield: ((theirs: TracerProvider) => void) | undefined;
  isBusy = false;
  private seen: TracerProvider | undefined;
  private found: TracerProvider | undefined;

  getTracer(name: string, version?: string, options?: TracerOptions): Tracer {
    return new YieldingTracer(this, [name, version, options]);
  }

  theirs(): TracerProvider | undefined {
    const registered = trace.getTracerProvider() as ProviderProxy;
    // With each span of each call, so only one reference is compared.
    const provider = typeof registered.getDelegate === 'function' ? registered.getDelegate() : registered;
    if (provider !== this.seen) {
      const isUsers = provider !== this && (!isProxy(registered) || hasDelegate(registered));
      this.found = isUsers ? provider : undefined;
      this.seen = provider;
      if (this.found !== undefined) this.yieldTo(this.found);
    }
    return this.found;
  }

  private yieldTo(provider: TracerProvider): void {
    try {
      this.onYield?.(provider);
    } catch {
      // A log of the user throws. The span that is about to be made is worth more than the warning.
    }
  }
}

type Scope = Parameters<TracerProvider['getTracer']>;

class YieldingTracer implements Tracer {
  private readonly source: YieldingTracers;
  private readonly scope: Scope;
  private provider: TracerProvider | undefined;
  private tracer: Tracer | undefined;

  constructor(source: YieldingTracers, scope: Scope) {
    this.source = source;
    this.scope = scope;
  }

  startSpan(...given: Parameters<Tracer['startSpan']>): Span {
    const { source } = this;
    const tracer = this.current();
    const isOutermost = !source.isBusy;
    source.isBusy = true;
    try {
      return tracer.startSpan(...given);
    } finally {
      if (isOutermost) source.isBusy = false;
    }
  }

  startActiveSpan<F extends (span: Span) => unknown>(...given: [string, ...unknown[], F]): ReturnType<F> {
    const { source } = this;
    const tracer = this.current();
    const fn = given.at(-1) as F;
    const isOutermost = !source.isBusy;
    const free = (): void => {
      if (isOutermost) source.isBusy = false;
    };
    source.isBusy = true;
    try {
      const within = (span: Span): unknown => {
        // The span is made, and the user's function may start others with this tracer.
        free();
        return fn(span);
      };
      return Reflect.apply(tracer.startActiveSpan, tracer, [...given.slice(0, -1), within]);
    } finally {
      free();
    }
  }

  private current(): Tracer {
    const { source } = this;
    // A user's provider may wrap the tracers that were in force before it, and take a new one for each of its own.
    const provider = (source.isBusy ? undefined : source.theirs()) ?? source.own ?? NO_SPANS;
    if (provider !== this.provider || this.tracer === undefined) {
      this.tracer = provider.getTracer(...this.scope);
      this.provider = provider;
    }
    return this.tracer;
  }
}

/** One object for both copies of this package, so that each recognises it behind a proxy. */
export const yieldingTracers: YieldingTracers = sharedState(
  'yielding-tracers.v1',
  () => new YieldingProvider(),
);
