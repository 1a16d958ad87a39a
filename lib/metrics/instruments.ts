import type { Attributes, BatchObservableCallback, Context, Meter } from '@opentelemetry/api';
import type { MetricName, MetricNameOf } from '../catalogue/labels.js';
import { METRICS } from '../catalogue/metrics.js';
import { CounterSeries } from './counter.js';
import type { ExemplarStore } from './exemplars.js';
import { GaugeSeries, type GaugeStatement } from './gauge.js';
import { HistogramSeries } from './histogram.js';
import type { Recording } from './series-table.js';

/** Finds the last statement of a series of one gauge, by the attributes object that the SDK was given. */
export type GaugeStatements = (attributes: Attributes) => GaugeStatement | undefined;

/** One OpenTelemetry instrument for each row of the catalogue, found by its name. */
export interface Instruments {
  readonly counters: { readonly [Name in MetricNameOf<'counter'>]: CounterSeries<Name> };
  readonly gauges: { readonly [Name in MetricNameOf<'gauge'>]: GaugeSeries<Name> };
  readonly histograms: { readonly [Name in MetricNameOf<'histogram'>]: HistogramSeries<Name> };
  /** Once recording is over, gauges keep their values and histograms ignore new ones. */
  readonly recording: Recording;
  /** Returns what tells when the series of a gauge were stated, by their attributes; `undefined` for other metrics. */
  statementsOf(name: string): GaugeStatements | undefined;
  /** Returns the current number of series of each metric. */
  sizes(): ReadonlyMap<MetricName, number>;
  /**
   * Registers a callback for each collection of the SDK. If it returns a promise, the SDK reads synchronous instruments
   * once that resolves. Returns a function that removes the callback.
   */
  onCollect(callback: BatchObservableCallback): () => void;
}

/**
 * Creates the instruments of the whole catalogue from a meter.
 *
 * @param now - monotonic milliseconds.
 * @param exemplars - keeps the traces of histograms and counters.
 * @param context - the context of each histogram record; if absent, the SDK looks up the active one.
 */
export function createInstruments(
  meter: Meter,
  exemplars: ExemplarStore,
  now: () => number,
  context?: Context,
): Instruments {
  const recording: Recording = { isOver: false };
  const byKind: Record<'counter' | 'gauge' | 'histogram', Record<string, { readonly size: number }>> = {
    counter: {},
    gauge: {},
    histogram: {},
  };
  const make = {
    counter: (name: MetricName) =>
      new CounterSeries(meter, name as MetricNameOf<'counter'>, exemplars.metric(name)),
    gauge: (name: MetricName) => new GaugeSeries(meter, name as MetricNameOf<'gauge'>, recording, now),
    histogram: (name: MetricName) =>
      new HistogramSeries(
        meter,
        name as MetricNameOf<'histogram'>,
        recording,
        exemplars.metric(name),
        context,
      ),
  };
  for (const [name, { kind }] of Object.entries(METRICS)) byKind[kind][name] = make[kind](name as MetricName);

  // This cast is safe because each record was filled by kind above.
  const instruments = {
    counters: byKind.counter,
    gauges: byKind.gauge,
    histograms: byKind.histogram,
  } as unknown as Pick<Instruments, 'counters' | 'gauges' | 'histograms'>;
  const all = Object.entries({ ...byKind.counter, ...byKind.gauge, ...byKind.histogram });
  const gauges = new Map(
    Object.entries(byKind.gauge as unknown as Record<string, GaugeSeries<MetricNameOf<'gauge'>>>),
  );
  const observables = Object.values(instruments.gauges).map(({ observable }) => observable);

  return {
    ...instruments,
    recording,
    statementsOf(name) {
      const gauge = gauges.get(name);
      return gauge && ((attributes) => gauge.statement(attributes));
    },
    sizes: () => new Map(all.map(([name, { size }]) => [name as MetricName, size])),
    onCollect: (callback) => {
      meter.addBatchObservableCallback(callback, observables);
      return () => meter.removeBatchObservableCallback(callback, observables);
    },
  };
}
