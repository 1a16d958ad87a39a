import type { BatchObservableResult, Context, Meter, Tracer } from '@opentelemetry/api';
import type { SeriesLimits } from '../catalogue/cardinality.js';
import { genAiCallsMax } from '../catalogue/gen-ai-metrics.js';
import { type Admission, createAdmission } from './admission.js';
import { createChecks } from './checks.js';
import type { ExemplarStore } from './exemplars.js';
import { createGenAiRecorder, type GenAiDeps } from './gen-ai-recorder.js';
import { createInstruments, type GaugeStatements, type Instruments } from './instruments.js';
import { createLabelLimits, type LabelLimits } from './label-limits.js';
import type { RequestRecorder } from './recorder.js';
import { createRequestMetrics, type OnFailure } from './request-metrics.js';
import { createSelfMetrics, type SelfMetrics } from './self-metrics.js';
import { createStateMetrics } from './state-metrics.js';
import { createUnrecognisedMetrics } from './unrecognised-metrics.js';
import { createUsageMetrics, type OnCost } from './usage-metrics.js';

/** Dependencies of a recorder. */
export interface MetricsRecorderOptions {
  readonly meter: Meter;
  /**
   * The context of each histogram record. If it is absent, the SDK looks up the active context, which only a user's
   * views may read.
   */
  readonly context?: Context | undefined;
  readonly tracer: Tracer;
  /** The metrics of the GenAI conventions, if they are recorded. */
  readonly genAi?: GenAiDeps | undefined;
  readonly costAttributes?: RequestRecorder['costAttributes'];
  readonly keepsEvents?: boolean;
  readonly limits: SeriesLimits;
  /** Decides which values of open labels get a name. By default, this process decides alone. */
  readonly admission?: Admission | undefined;
  /** Declared providers and their models. Their counters are reported at zero from the start. */
  readonly providers: Readonly<Record<string, readonly string[]>>;
  /** Returns monotonic milliseconds. */
  readonly now: () => number;
  /** Keeps the latest sampled trace of latencies and requests. */
  readonly exemplars: ExemplarStore;
  /** Called with each recorded cost, to charge it to budgets. */
  readonly onCost?: OnCost | undefined;
  /** Called with each failed request, for those that are shown one by one. */
  readonly onFailure?: OnFailure | undefined;
  /** Called before each collection, to set gauges whose values are read only then. */
  readonly beforeCollect?: ((recorder: MetricsRecorder) => void) | undefined;
}

/** Records into OpenTelemetry instruments. Every method drops and counts what it cannot record, and none throws. */
export interface MetricsRecorder extends RequestRecorder {
  readonly self: SelfMetrics;
  /** Returns what tells when the series of a gauge were stated, on the recorder's clock. */
  statementsOf(metricName: string): GaugeStatements | undefined;
  /**
   * Sets the gauges of a budget that this package charges.
   *
   * @param windowEndMs - the end of its window, in milliseconds since the epoch.
   */
  updateBudget(budget: string, limitUsd: number, spentUsd: number, windowEndMs: number): void;
  /**
   * Ends recording: passes pending amounts to the SDK, and keeps the gauges at their current values for all collections
   * until {@link stopObserving}. A provider collects for the last time, perhaps the only time, when it is shut down.
   */
  close(): void;
  /**
   * Stops reporting gauges to the SDK.
   *
   * @param afterCollection - waits for one more collection, because a user's provider collects at any time.
   */
  stopObserving(afterCollection: boolean): void;
}

/** Creates a recorder that uses the instruments of the catalogue. */
export function createMetricsRecorder(options: MetricsRecorderOptions): MetricsRecorder {
  const { now, onCost, beforeCollect, admission = createAdmission() } = options;
  const instruments = createInstruments(options.meter, options.exemplars, now, options.context);
  const { recording } = instruments;
  const self = createSelfMetrics(instruments);
  const checks = createChecks(instruments);
  const events = { onDrop: checks.drop, onOverflow: self.overflow };
  const limits = createLabelLimits(options.limits, events, admission);
  const state = createStateMetrics(instruments, limits, checks, now);
  const genAi =
    options.genAi &&
    createGenAiRecorder(options.genAi, recording, {
      limit: genAiCallsMax(options.limits),
      admission,
      onOverflow: () => self.overflow('model'),
    });
  const charge: OnCost = (provider, model, costUsd) => {
    if (!recording.isOver) onCost?.(provider, model, costUsd);
  };
  /** When recording ended, on the recorder's clock. */
  let closedAtMs: number | undefined;
  let observesOnce = false;
  const recorder: MetricsRecorder = {
    enabled: true,
    tracer: options.tracer,
    ...(options.costAttributes && { costAttributes: options.costAttributes }),
    keepsEvents: options.keepsEvents === true,
    now,
    self,
    statementsOf: instruments.statementsOf,
    genAi: genAi !== undefined,
    ...createRequestMetrics(instruments, limits, checks, genAi, options.onFailure),
    ...createUsageMetrics(instruments, limits, checks, charge, genAi),
    ...state,
    drop: checks.drop,
    ...createUnrecognisedMetrics(instruments, limits),
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
    // Amounts that are added after recording has ended are never passed to the SDK.
    const flushed = recording.isOver ? undefined : flushInTurns(instruments.counters);
    if (flushed !== undefined) return flushed.then(() => observe(result));
    observe(result);
    return undefined;
  });

  /** Updates everything that must be of the same moment: the SDK reads its storages in this turn of the event loop. */
  function observe(result: BatchObservableResult): void {
    if (!recording.isOver) update();
    const nowMs = closedAtMs ?? now();
    for (const gauge of Object.values(instruments.gauges)) gauge.observe(result, nowMs);
    // When a provider is flushed or shut down, all its readers collect in one turn.
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

/** This many take one to two milliseconds, because the SDK serialises the attributes of each series twice. */
const HAND_OVERS_PER_TURN = 500;

/** Read at import, so that fake timers in a user's tests do not block a collection. */
const { setImmediate: setNextTurn } = globalThis;

/**
 * Passes all pending sums to the SDK, and lets the event loop run after some hundreds of them.
 *
 * Each sum is taken from its cell and passed on in one step, so that amounts recorded between two turns are neither
 * lost nor counted twice: they stay pending. The caller passes sums on once more in the turn in which the SDK reads its
 * storages, so that all metrics of a page are of the same moment.
 *
 * @returns `undefined` if one turn was enough.
 */
function flushInTurns(counters: Instruments['counters']): Promise<void> | undefined {
  const steps = handOverAll(counters);
  return runTurn(steps) ? undefined : runTurns(steps);
}

async function runTurns(steps: Generator<undefined, void>): Promise<void> {
  do await new Promise<void>((resolve) => setNextTurn(resolve));
  while (!runTurn(steps));
}

/** Passes on one turn's share of the sums; returns whether none is left. */
function runTurn(steps: Generator<undefined, void>): boolean {
  for (let count = 0; count < HAND_OVERS_PER_TURN; count++) {
    if (steps.next().done === true) return true;
  }
  return false;
}

function* handOverAll(counters: Instruments['counters']): Generator<undefined, void> {
  for (const counter of Object.values(counters)) yield* counter.handOver();
}
