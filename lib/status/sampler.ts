import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { MonitoringError } from '../errors.js';
import type { SetTimer } from '../otlp/deadline.js';
import { runInTurns } from '../prometheus/turns.js';
import { hasRecords, type Reading, readGroups, type Snapshot } from './readings.js';

/** What was found at one time, and the earlier times that it is compared with. */
export interface Sample {
  /** Milliseconds since 1970. */
  readonly collectedAtMs: number;
  readonly now: Snapshot;
  /** Ten seconds ago, for charts: the rates of single seconds would jump. */
  readonly secondsAgo: Snapshot;
  /** A minute ago, for tables. */
  readonly minuteAgo: Snapshot;
  /** Whether the program has recorded anything so far. */
  readonly hasRecorded: boolean;
}

/** Options of {@link createSampler}. */
export interface SamplerOptions {
  readonly readings: Iterable<Reading>;
  /** Shares the collection of a scrape in progress. */
  readonly collect: () => Promise<CollectionResult>;
  readonly onSample: (sample: Sample) => void;
  readonly setTimer: SetTimer;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Milliseconds since 1970. */
  readonly wallNow: () => number;
}

/**
 * Samples the metrics: every second while somebody looks, otherwise every ten seconds, so that whoever opens the page
 * finds a history. It leaves at least twenty times as long as a sample takes, so that with many series it costs less
 * than a twentieth of one core while somebody looks, and a two-hundredth at other times.
 */
export interface Sampler {
  /**
   * @param isFromZero - whether the counters were zero when the sampler was created. Those of a group that has counted
   * before are not: the first sample is then compared with itself, and shows no change.
   */
  start(isFromZero?: boolean): void;
  /** Says that somebody looks, and resolves when the last sample is recent; rejects if that one failed. */
  view(): Promise<void>;
  /** Stops for good. */
  stop(): void;
}

const VIEWED_PACE_MILLIS = 1000;
const PACE_MILLIS = 10_000;
/** Somebody looks until this long after the last request. */
const VIEW_MILLIS = 15_000;
const REST_FACTOR = { viewed: 20, alone: 200 } as const;

const SHORT_MILLIS = 10_000;
const LONG_MILLIS = 60_000;
/** Timers fire early or late by some milliseconds. */
const SLACK = 0.95;

/** Creates a sampler. Where counters start at zero, the time of its creation is the first snapshot. */
export function createSampler(options: SamplerOptions): Sampler {
  const { readings, collect, onSample, setTimer, now, wallNow } = options;
  let snapshots: readonly Snapshot[] = [{ atMs: now(), groups: new Map() }];
  let hasRecorded = false;
  let viewedAtMs = Number.NEGATIVE_INFINITY;
  let startedAtMs = now();
  let last: Promise<void> | undefined;
  let isSampling = false;
  let stopped = false;
  /** How long the last sample took. */
  let tookMs = 0;
  let cancelTimer = (): void => undefined;

  function sample(): Promise<void> {
    cancelTimer();
    isSampling = true;
    startedAtMs = now();
    last = takeSample().finally(() => {
      isSampling = false;
      tookMs = now() - startedAtMs;
      schedule();
    });
    // A viewer gets the error with its answer.
    last.catch(() => undefined);
    return last;
  }

  async function takeSample(): Promise<void> {
    const { resourceMetrics } = await collect();
    const groups = await runInTurns(readGroups(readings, resourceMetrics), now);
    if (stopped) throw stoppedError();
    hasRecorded ||= hasRecords(resourceMetrics);
    const found = { atMs: startedAtMs, groups };
    if (snapshots.length === 0) snapshots = [found];
    onSample({
      collectedAtMs: wallNow(),
      now: found,
      secondsAgo: snapshotBefore(found.atMs - SHORT_MILLIS * SLACK),
      minuteAgo: snapshotBefore(found.atMs - LONG_MILLIS * SLACK),
      hasRecorded,
    });
    snapshots = withoutUnused([...snapshots, found]);
  }

  /** The last snapshot until a time, or the first one. */
  function snapshotBefore(atMs: number): Snapshot {
    return snapshots.findLast((snapshot) => snapshot.atMs <= atMs) ?? (snapshots[0] as Snapshot);
  }

  function schedule(): void {
    cancelTimer();
    if (stopped) return;
    const isViewed = now() - viewedAtMs < VIEW_MILLIS;
    const pace = isViewed
      ? Math.max(VIEWED_PACE_MILLIS, tookMs * REST_FACTOR.viewed)
      : Math.max(PACE_MILLIS, tookMs * REST_FACTOR.alone);
    cancelTimer = setTimer(() => void sample(), Math.max(0, startedAtMs + pace - now()));
  }

  return {
    start(isFromZero = true) {
      if (!isFromZero) snapshots = [];
      schedule();
    },
    async view() {
      if (stopped) throw stoppedError();
      const isFirst = now() - viewedAtMs >= VIEW_MILLIS;
      viewedAtMs = now();
      if (isSampling) return last;
      if (last === undefined || (isFirst && now() - startedAtMs >= VIEWED_PACE_MILLIS)) return sample();
      if (isFirst) schedule();
      return last;
    },
    stop() {
      stopped = true;
      cancelTimer();
    },
  };
}

function stoppedError(): MonitoringError {
  return new MonitoringError('ERR_NO_METRICS', 'monitoring is shut down');
}

/** Leaves out what no later sample is compared with: of the snapshots that are not recent, one in ten seconds is kept. */
function withoutUnused(snapshots: readonly Snapshot[]): readonly Snapshot[] {
  const nowMs = snapshots.at(-1)?.atMs ?? 0;
  const base = snapshots.findLastIndex(({ atMs }) => nowMs - atMs >= LONG_MILLIS);
  const kept: Snapshot[] = [];
  for (const snapshot of snapshots.slice(Math.max(0, base))) {
    const isRecent = nowMs - snapshot.atMs <= SHORT_MILLIS + VIEWED_PACE_MILLIS;
    const sinceKept = snapshot.atMs - (kept.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY);
    if (isRecent || sinceKept >= SHORT_MILLIS * SLACK) kept.push(snapshot);
  }
  return kept;
}
