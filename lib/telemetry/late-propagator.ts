import type { Context, TextMapGetter, TextMapPropagator, TextMapSetter } from '@opentelemetry/api';
import { loadCore } from '../lazy.cjs';

/** The header names of each propagator, which are known before its code is loaded. */
const FIELDS = { tracecontext: ['traceparent', 'tracestate'], baggage: ['baggage'] } as const;

/** The propagators that can be asked for. */
export type PropagatorName = keyof typeof FIELDS;

function create(names: readonly PropagatorName[]): TextMapPropagator {
  const { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } = loadCore();
  const make = {
    tracecontext: () => new W3CTraceContextPropagator(),
    baggage: () => new W3CBaggagePropagator(),
  };
  return new CompositePropagator({ propagators: names.map((name) => make[name]()) });
}

/** Makes a propagator whose code is loaded with the first context that leaves or enters the process. */
export function createLatePropagator(names: readonly PropagatorName[]): TextMapPropagator {
  let propagator: TextMapPropagator | undefined;
  const loaded = (): TextMapPropagator => {
    propagator ??= create(names);
    return propagator;
  };
  return {
    inject: <Carrier>(context: Context, carrier: Carrier, setter: TextMapSetter<Carrier>) =>
      loaded().inject(context, carrier, setter),
    extract: <Carrier>(context: Context, carrier: Carrier, getter: TextMapGetter<Carrier>) =>
      loaded().extract(context, carrier, getter),
    fields: () => names.flatMap((name) => FIELDS[name]),
  };
}
