import { AggregationTemporality, InstrumentType } from '@opentelemetry/sdk-metrics';

interface TemporalitySelector {
  selectAggregationTemporality(instrumentType: InstrumentType): AggregationTemporality;
}

/**
 * Makes a reader or exporter forget gauges that were not told in this collection. With cumulative temporality the
 * SDK repeats the last value of an observable gauge for ever, so that a stale one would never go away.
 */
export function withFreshGauges<Selector extends TemporalitySelector>(selector: Selector): Selector {
  const select = selector.selectAggregationTemporality.bind(selector);
  selector.selectAggregationTemporality = (instrumentType) =>
    instrumentType === InstrumentType.OBSERVABLE_GAUGE
      ? AggregationTemporality.DELTA
      : select(instrumentType);
  return selector;
}
