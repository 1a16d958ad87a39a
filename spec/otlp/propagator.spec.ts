import {
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  trace,
} from '@opentelemetry/api';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { breakPropagatorCode, createPropagator } from '../support/propagator.js';

const SPAN_CONTEXT = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: 1,
};
const CONTEXT = propagation.setBaggage(
  trace.setSpanContext(ROOT_CONTEXT, SPAN_CONTEXT),
  propagation.createBaggage({ team: { value: 'edge' } }),
);

const SETS = [
  { names: [], propagators: [] },
  { names: ['tracecontext'], propagators: [new W3CTraceContextPropagator()] },
  { names: ['baggage'], propagators: [new W3CBaggagePropagator()] },
  {
    names: ['tracecontext', 'baggage'],
    propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
  },
] as const;

describe('the propagator of this package', () => {
  it.each(SETS)('does for $names what the propagators of OpenTelemetry do', ({ names, propagators }) => {
    const late = createPropagator(names);
    const plain = new CompositePropagator({ propagators: [...propagators] });
    expect(late.fields()).toEqual(plain.fields());

    const [carrier, plainCarrier] = [{}, {}];
    late.inject(CONTEXT, carrier, defaultTextMapSetter);
    plain.inject(CONTEXT, plainCarrier, defaultTextMapSetter);
    expect(carrier).toEqual(plainCarrier);
    expect(Object.keys(carrier)).toHaveLength(names.length);

    const seen = [late, plain].map((propagator) => {
      const extracted = propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter);
      return [trace.getSpanContext(extracted), propagation.getBaggage(extracted)?.getAllEntries()];
    });
    expect(seen[0]).toEqual(seen[1]);
  });

  it('loses the trace, and nothing else, where its code is gone', () => {
    breakPropagatorCode();
    const late = createPropagator(['tracecontext']);
    const carrier = {};
    late.inject(CONTEXT, carrier, defaultTextMapSetter);
    expect(carrier).toEqual({});
    expect(late.extract(CONTEXT, carrier, defaultTextMapGetter)).toBe(CONTEXT);
  });
});
