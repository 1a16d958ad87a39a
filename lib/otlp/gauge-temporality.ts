import type { AggregationTemporality, InstrumentType } from '@opentelemetry/sdk-metrics';
import { loadMetrics } from '../lazy.cjs';

interface TemporalitySelector {
  selectAggregationTemporality(instrumentType: InstrumentType): AggregationTemporality;
}

/**
 * Makes a reader or exporter forget gauges that were not told in this collection. With cumulative temporality the
 * SDK repeats the last value of an observable gauge for ever, so that a stale one would never go away.
 */
export function withFreshGauges<Selector extends TemporalitySelector>(selector: Selector): Selector {
  const sdk = loadMetrics();
  const select = selector.selectAggregationTemporality.bind(selector);
  selector.selectAggregationTemporality = (instrumentType) =>
    instrumentType === sdk.InstrumentType.OBSERVABLE_GAUGE
      ? sdk.AggregationTemporality.DELTA
      : select(instrumentType);
  return selector;
}
