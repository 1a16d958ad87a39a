import type { Context, TextMapGetter, TextMapPropagator, TextMapSetter } from '@opentelemetry/api';
import { loadCore } from '../lazy.cjs';
import { logger } from '../logger.js';

/** The header names of each propagator, copied so that they are known before its code is loaded. */
const FIELDS = { tracecontext: ['traceparent', 'tracestate'], baggage: ['baggage'] } as const;

/** A propagator that the configuration can name. */
export type PropagatorName = keyof typeof FIELDS;

const NONE: TextMapPropagator = {
  inject: () => undefined,
  extract: (context) => context,
  fields: () => [],
};

function load(names: readonly PropagatorName[]): TextMapPropagator {
  const { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } = loadCore();
  const make = {
    tracecontext: () => new W3CTraceContextPropagator(),
    baggage: () => new W3CBaggagePropagator(),
  };
  return new CompositePropagator({ propagators: names.map((name) => make[name]()) });
}

/** Makes a propagator whose code is loaded with the first context that leaves or enters the process. */
export function createPropagator(names: readonly PropagatorName[]): TextMapPropagator {
  let propagator: TextMapPropagator | undefined;
  const fields: string[] = names.flatMap((name) => FIELDS[name]);
  const loaded = (): TextMapPropagator => {
    try {
      propagator ??= load(names);
      return propagator;
    } catch (error) {
      // Where files are missing, as during an installation, the trace is not continued; the call is not affected.
      logger().error('the code that propagates context cannot be loaded.', error);
      return NONE;
    }
  };
  return {
    inject: <Carrier>(context: Context, carrier: Carrier, setter: TextMapSetter<Carrier>) =>
      loaded().inject(context, carrier, setter),
    extract: <Carrier>(context: Context, carrier: Carrier, getter: TextMapGetter<Carrier>) =>
      loaded().extract(context, carrier, getter),
    // The same list each time, which identifies this propagator: the API does not return the propagator itself.
    fields: () => fields,
  };
}
