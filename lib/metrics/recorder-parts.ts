import type { Context, Meter, Tracer } from '@opentelemetry/api';
import type { SeriesLimits } from '../catalogue/cardinality.js';
import type { ExemplarStore } from './exemplars.js';
import type { Instruments } from './instruments.js';
import type { OpenLabels } from './open-labels.js';
import type { Recorder } from './recorder.js';
import type { ValueChecks } from './value-checks.js';

/** What a recorder is made of. */
export interface RecorderParts {
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
  /** Told of every cost that was recorded: what budgets are charged by. */
  readonly onCost?: ((provider: string, model: string, costUsd: number) => void) | undefined;
  /** Called before each collection, to set gauges that are read rather than told. */
  readonly beforeCollect?: ((recorder: Recorder) => void) | undefined;
}

/** What the parts of a recorder share: where they write, and what decides whether they may. */
export interface SharedParts {
  readonly instruments: Instruments;
  readonly open: OpenLabels;
  readonly checks: ValueChecks;
  readonly exemplars: ExemplarStore;
}
