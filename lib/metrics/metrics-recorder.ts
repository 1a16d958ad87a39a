import type { BatchObservableResult, Context, Meter, Tracer } from '@opentelemetry/api';
import type { SeriesLimits } from '../catalogue/cardinality.js';
import { createChecks } from './checks.js';
import type { ExemplarStore } from './exemplars.js';
import { createInstruments, type Instruments } from './instruments.js';
import { createLabelLimits, type LabelLimits } from './label-limits.js';
import type { Recorder, RequestRecorder } from './recorder.js';
import { createRequestMetrics } from './request-metrics.js';
import { createSelfMetrics, type SelfMetrics } from './self-metrics.js';
import { createStateMetrics } from './state-metrics.js';
import { createUsageMetrics, type OnCost } from './usage-metrics.js';

/** What a recorder needs to work with. */
export interface MetricsRecorderOptions {
  readonly meter: Meter;
  /**
   * The context of each histogram record. Where it is absent the SDK looks the active one up, which only a view of
   * the user's own can make use of.
   */
  readonly context?: Context | undefined;
  readonly tracer: Tracer;
  readonly limits: SeriesLimits;
  /** Declared providers and their models: their counters exist at zero from the start. */
  readonly providers: Readonly<Record<string, readonly string[]>>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Keeps the latest sampled trace of latencies and requests. */
  readonly exemplars: ExemplarStore;
  /** Charges budgets with every cost that was recorded. */
  readonly onCost?: OnCost | undefined;
  /** Called before each collection, to set gauges that are read when they are needed. */
  readonly beforeCollect?: ((recorder: Recorder) => void) | undefined;
}

/** Records into OpenTelemetry instruments. Every method drops and counts what it cannot record, and none throws. */
export interface MetricsRecorder extends RequestRecorder {
  readonly self: SelfMetrics;
  /**
   * Ends recording: hands what is pending to the SDK, and has collections see the gauges of this moment until
   * {@link stopObserving}. The last collection of a provider comes with its shutdown, and may be the only one.
   */
  close(): void;
  /**
   * Stops reporting gauges to the SDK.
   *
   * @param afterCollection - not before one more collection: a provider of the user collects when the user likes.
   */
  stopObserving(afterCollection: boolean): void;
}

/** Makes a recorder over the instruments of the catalogue. */
export function createMetricsRecorder(options: MetricsRecorderOptions): MetricsRecorder {
  const { now, onCost, beforeCollect } = options;
  const instruments = createInstruments(options.meter, options.exemplars, options.context);
  const { recording } = instruments;
  const self = createSelfMetrics(instruments);
  const checks = createChecks(instruments);
  const limits = createLabelLimits(options.limits, { onDrop: checks.drop, onOverflow: self.overflow });
  const state = createStateMetrics(instruments, limits, checks, now);
  const charge: OnCost = (provider, model, costUsd) => {
    if (!recording.isOver) onCost?.(provider, model, costUsd);
  };
  /** When recording ended, on the recorder's clock. */
  let closedAtMs: number | undefined;
  let observesOnce = false;
  const recorder: MetricsRecorder = {
    enabled: true,
    tracer: options.tracer,
    now,
    self,
    ...createRequestMetrics(instruments, limits, checks),
    ...createUsageMetrics(instruments, limits, checks, charge),
    ...state,
    drop: checks.drop,
    close() {
      try {
        update();
      } finally {
        closedAtMs = now();
        recording.isOver = true;
      }
    },
    stopObserving(afterCollection) {
      if (afterCollection) observesOnce = true;
      else stopCallback();
    },
  };
  declareSeries(instruments.counters, limits, options.providers);

  const stopCallback = instruments.onCollect((result) => {
    // What is added once recording is over is never handed over.
    const flushed = recording.isOver ? undefined : flushInTurns(instruments.counters);
    if (flushed !== undefined) return flushed.then(() => observe(result));
    observe(result);
    return undefined;
  });

  /** What the SDK has to see of one moment: it reads its storages in this turn of the event loop. */
  function observe(result: BatchObservableResult): void {
    if (!recording.isOver) update();
    const nowMs = closedAtMs ?? now();
    for (const gauge of Object.values(instruments.gauges)) gauge.observe(result, nowMs);
    // All readers of a provider that is flushed or shut down collect in one turn.
    if (observesOnce) setNextTurn(stopCallback);
  }

  /** Brings the instruments up to date. */
  function update(): void {
    beforeCollect?.(recorder);
    state.updateActiveRequests();
    self.updateSizes();
    const steps = handOverAll(instruments.counters);
    while (steps.next().done !== true);
  }

  return recorder;
}

/** Makes counters appear at zero, so that `rate()` sees their first increase. */
function declareSeries(
  counters: Instruments['counters'],
  limits: LabelLimits,
  providers: MetricsRecorderOptions['providers'],
): void {
  counters.llm_edge_operations_total.declare();
  counters.llm_edge_cache_hits_total.declare();
  counters.llm_edge_cache_misses_total.declare();
  counters.llm_edge_cache_savings_usd_total.declare();
  for (const [provider, models] of Object.entries(providers)) {
    for (const model of models) {
      const labels = limits.model(provider, model, 'providers');
      if (labels === undefined) continue;
      counters.llm_edge_requests_total.declare(labels);
      counters.llm_edge_tokens_total.declare(labels);
      counters.llm_edge_cost_usd_total.declare(labels);
      counters.llm_edge_unpriced_requests_total.declare(labels);
      counters.llm_edge_usage_missing_total.declare(labels);
    }
  }
}

/** Takes one to two milliseconds: the SDK serialises the attributes of each twice. */
const HAND_OVERS_PER_TURN = 500;

/** Taken at import: fake timers of a user's tests must not hold a collection up. */
const { setImmediate: setNextTurn } = globalThis;

/**
 * Hands all pending sums to the SDK, and lets the event loop run after some hundreds of them.
 *
 * A sum is taken from its cell and handed over in one step, so that what is recorded between two turns is neither
 * lost nor counted twice: it is pending until its cell's next turn. The caller hands over once more in the turn in
 * which the SDK reads its storages, so that all metrics of a page are of one moment.
 *
 * @returns `undefined` where one turn was enough.
 */
function flushInTurns(counters: Instruments['counters']): Promise<void> | undefined {
  const steps = handOverAll(counters);
  return runTurn(steps) ? undefined : runTurns(steps);
}

async function runTurns(steps: Generator<undefined, void>): Promise<void> {
  do await new Promise<void>((resolve) => setNextTurn(resolve));
  while (!runTurn(steps));
}

/** Whether all is handed over. */
function runTurn(steps: Generator<undefined, void>): boolean {
  for (let count = 0; count < HAND_OVERS_PER_TURN; count++) {
    if (steps.next().done === true) return true;
  }
  return false;
}

function* handOverAll(counters: Instruments['counters']): Generator<undefined, void> {
  for (const counter of Object.values(counters)) yield* counter.handOver();
}
