import { context, ROOT_CONTEXT, TraceFlags } from '@opentelemetry/api';
import type { ExportResult } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace';
import type { LabelValueOf } from '../catalogue/labels.js';
import { MonitoringError } from '../errors.js';
import { loadCore } from '../lazy.cjs';
import { type SetTimer, setUnrefTimer, withDeadline } from './deadline.js';
import { estimateSpanBytes } from './span-size.js';
import { createExportLog, EXPORT_SUCCESS, type Exporters, type ExportFailure } from './transport.js';

/** Why a span was lost. */
export type SpanDropReason = LabelValueOf<'llm_edge_monitoring_spans_dropped_total', 'reason'>;

/** Called when spans were exported or dropped: each span is counted once. */
export interface SpanEvents {
  readonly onSpansExported: (count: number) => void;
  readonly onSpansDropped: (count: number, reason: SpanDropReason) => void;
}

/** Options of {@link createSpanQueue}. All times are in milliseconds. */
export interface SpanQueueOptions extends SpanEvents {
  readonly exporters: Exporters<SpanExporter>;
  readonly readFailure: (error: unknown) => ExportFailure;
  /** Largest number of spans that wait. */
  readonly maxQueueSize: number;
  /** Largest estimated size of the spans held, those of the export in progress included. */
  readonly maxQueueBytes: number;
  readonly maxExportBatchSize: number;
  readonly scheduledDelayMillis: number;
  /** Time after which an export without an answer counts as failed. */
  readonly exportTimeoutMillis: number;
  /** Longest time from the first attempt of a batch to the start of its last. */
  readonly retryTimeMaxMillis: number;
  /** Default deadline of `forceFlush()` and `shutdown()`. */
  readonly timeoutMillis: number;
  readonly setTimer?: SetTimer | undefined;
  readonly now?: (() => number) | undefined;
  /** Returns a number from 0 to 1, for the jitter. */
  readonly random?: (() => number) | undefined;
}

/** A batch span processor that retries and counts. */
export interface SpanQueue extends SpanProcessor {
  /** The number of spans that are neither exported nor dropped yet. */
  pending(): number;
  /** Exports the spans that have ended so far; rejects if some are dropped, or at the deadline. */
  forceFlush(timeoutMillis?: number): Promise<void>;
  /** Exports the waiting spans, counts those that cannot be exported in time, and closes the exporters. */
  shutdown(timeoutMillis?: number): Promise<void>;
}

interface Batch {
  readonly spans: readonly ReadableSpan[];
  /** Estimated size of each span. */
  readonly sizes: readonly number[];
  firstAttemptAt: number | undefined;
}

/** A flush that waits for its batches. */
interface Flush {
  readonly batches: Set<Batch>;
  failure: ExportFailure | undefined;
  readonly end: (failure: ExportFailure | undefined) => void;
}

const BACKOFF_FIRST_MILLIS = 500;
const BACKOFF_MAX_MILLIS = 5_000;
/** Keeps the processes of a fleet from retrying at the same moment. */
const JITTER_SHARE = 0.2;
/** Resource detectors make requests that may never be answered. */
const RESOURCE_WAIT_MILLIS = 5_000;
/**
 * Shares of the time of a shutdown: after the first, no batch waits for a Resource; after the second, spans are
 * dropped; after the third, no export is in progress.
 */
const RESOURCE_SHARE = 0.35;
const FLUSH_SHARE = 0.7;
const EXPORT_SHARE = 0.9;
/** Lets the deadline of the caller, whose error names everything that took too long, pass first. */
const CLOSE_GRACE_MILLIS = 1_000;

/**
 * Creates the queue in which ended spans wait for their export, one export at a time.
 *
 * `open` collects spans until a batch is full or due; `ready` is the queue of batches. A batch that failed and may
 * succeed later goes to the end of `ready`, and all exports pause: for the delay in the Collector's answer, or else for
 * an exponential back-off. So a batch that never succeeds delays the others only by these pauses.
 */
export function createSpanQueue(options: SpanQueueOptions): SpanQueue {
  const { exporters, maxQueueSize, maxQueueBytes, maxExportBatchSize, onSpansExported, onSpansDropped } =
    options;
  const { setTimer = setUnrefTimer, now = () => performance.now(), random = Math.random } = options;
  const log = createExportLog(options.retryTimeMaxMillis);
  const flushes = new Set<Flush>();
  const awaitedResources = new WeakSet<object>();
  let open: { spans: ReadableSpan[]; sizes: number[] } = { spans: [], sizes: [] };
  let openDueAt = 0;
  let ready: Batch[] = [];
  let inFlight: Batch | undefined;
  /** Spans in `open` and `ready`. */
  let waitingSpans = 0;
  let heldBytes = 0;
  let pausedUntil = 0;
  /** Number of retryable failures in a row. */
  let failures = 0;
  let isPumping = false;
  let cancelWake = (): void => undefined;
  /** Sends the batch that waits for its Resource, if there is one. */
  let sendWaiting = (): void => undefined;
  let flushEndsAt = Number.POSITIVE_INFINITY;
  let isStopping = false;
  let stopped: Promise<void> | undefined;

  /** Makes a batch of the spans that wait for one. */
  function closeBatch(): void {
    if (open.spans.length === 0) return;
    ready.push({ ...open, firstAttemptAt: undefined });
    open = { spans: [], sizes: [] };
  }

  /** Exports the batches that are due, and sets the timer for the others. */
  function pump(): void {
    // An exporter that answers synchronously calls this from within the loop, which continues by itself.
    if (isPumping) return;
    isPumping = true;
    cancelWake();
    while (inFlight === undefined && now() >= pausedUntil) {
      if (ready.length === 0 && now() >= openDueAt) closeBatch();
      const batch = ready.shift();
      if (batch === undefined) break;
      attempt(batch);
    }
    isPumping = false;
    if (inFlight !== undefined || waitingSpans === 0) return;
    const wakeAt = ready.length > 0 ? pausedUntil : Math.max(pausedUntil, openDueAt);
    cancelWake = setTimer(pump, wakeAt - now());
  }

  function attempt(batch: Batch): void {
    inFlight = batch;
    waitingSpans -= batch.spans.length;
    batch.firstAttemptAt ??= now();
    const pending = pendingResources(batch);
    if (pending === undefined) {
      send(batch);
      return;
    }
    let isSent = false;
    const sendOnce = (): void => {
      if (isSent || inFlight !== batch) return;
      isSent = true;
      send(batch);
    };
    sendWaiting = sendOnce;
    // If the attributes do not arrive in time, the spans are sent without them rather than lost.
    withDeadline(pending, RESOURCE_WAIT_MILLIS, 'detecting resource attributes', setTimer).then(
      sendOnce,
      sendOnce,
    );
  }

  function pendingResources({ spans }: Batch): Promise<unknown> | undefined {
    const pending = new Set<ReadableSpan['resource']>();
    // Nearly always no span of the batch waits for its resource.
    for (const { resource } of spans) {
      if (resource.asyncAttributesPending === true && !awaitedResources.has(resource)) pending.add(resource);
    }
    if (pending.size === 0) return undefined;
    for (const resource of pending) awaitedResources.add(resource);
    return Promise.all([...pending].map(async (resource) => resource.waitForAsyncAttributes?.()));
  }

  function send(batch: Batch): void {
    let isAnswered = false;
    const answer = (failure: ExportFailure | undefined): void => {
      // A late answer to an attempt that timed out is ignored: the batch is queued again, or counted.
      if (isAnswered) return;
      isAnswered = true;
      cancelTimeout();
      // The shutdown gave this batch up and counted it.
      if (inFlight !== batch) return;
      inFlight = undefined;
      receive(batch, failure);
      pump();
    };
    const { exportTimeoutMillis } = options;
    const cancelTimeout = setTimer(() => answer(noAnswer(exportTimeoutMillis)), exportTimeoutMillis);
    try {
      // Exports are not traced: the spans of one export would cause the next.
      context.with(loadCore().suppressTracing(ROOT_CONTEXT), () =>
        exporters.current().export([...batch.spans], (result) => answer(failureOf(result))),
      );
    } catch (error) {
      const failure = options.readFailure(error);
      // One span that cannot be encoded, as without a name, makes the exporter throw: the other half is sent.
      answer({ ...failure, tooLarge: failure.tooLarge || !failure.retryable });
    }
  }

  function failureOf(result: ExportResult | undefined): ExportFailure | undefined {
    return result?.code === EXPORT_SUCCESS ? undefined : options.readFailure(result?.error);
  }

  function receive(batch: Batch, failure: ExportFailure | undefined): void {
    if (failure?.tooLarge === true && batch.spans.length > 1) {
      halve(batch);
      return;
    }
    const delayMillis = failure === undefined ? undefined : delayBeforeRetry(batch, failure);
    if (failure === undefined || delayMillis === undefined) {
      if (failure?.retryable !== true) failures = 0;
      if (failure === undefined) log.recovered();
      else log.dropped(failure);
      settle(batch, failure);
      return;
    }
    failures++;
    log.retrying(failure);
    pausedUntil = now() + delayMillis;
    waitingSpans += batch.spans.length;
    ready.push(batch);
  }

  /** Returns `undefined` when another attempt cannot succeed or would be too late. */
  function delayBeforeRetry(batch: Batch, failure: ExportFailure): number | undefined {
    if (!failure.retryable) return undefined;
    const backoffMillis = Math.min(BACKOFF_MAX_MILLIS, BACKOFF_FIRST_MILLIS * 2 ** failures);
    const ownDelayMillis = backoffMillis * (1 + JITTER_SHARE * (2 * random() - 1));
    // A delay of zero would retry without a pause for minutes, and block the event loop if the answer comes at once.
    const delayMillis =
      failure.delayMillis === undefined
        ? ownDelayMillis
        : Math.max(failure.delayMillis, BACKOFF_FIRST_MILLIS);
    const triesUntil = (batch.firstAttemptAt ?? now()) + options.retryTimeMaxMillis;
    return now() + delayMillis > Math.min(triesUntil, flushEndsAt) ? undefined : delayMillis;
  }

  /** Puts the two halves of a batch that was too large at the front of the queue. */
  function halve(batch: Batch): void {
    const middle = Math.ceil(batch.spans.length / 2);
    const halves = [
      { ...batch, spans: batch.spans.slice(0, middle), sizes: batch.sizes.slice(0, middle) },
      { ...batch, spans: batch.spans.slice(middle), sizes: batch.sizes.slice(middle) },
    ];
    waitingSpans += batch.spans.length;
    ready.unshift(...halves);
    for (const { batches } of flushes) {
      if (batches.delete(batch)) for (const half of halves) batches.add(half);
    }
  }

  /** Counts the spans of a batch, for the first and only time. */
  function settle(batch: Batch, failure: ExportFailure | undefined): void {
    for (const bytes of batch.sizes) heldBytes -= bytes;
    if (failure === undefined) onSpansExported(batch.spans.length);
    else onSpansDropped(batch.spans.length, 'export_failed');
    for (const flush of flushes) {
      if (!flush.batches.delete(batch)) continue;
      flush.failure ??= failure;
      if (flush.batches.size > 0) continue;
      flushes.delete(flush);
      flush.end(flush.failure);
    }
  }

  /** Exports everything without further pauses and waits until it is exported or dropped. */
  function drain(): Promise<void> {
    closeBatch();
    pausedUntil = 0;
    const batches = new Set(inFlight === undefined ? ready : [inFlight, ...ready]);
    if (batches.size === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const end = (failure: ExportFailure | undefined): void => {
        if (failure === undefined) resolve();
        else reject(new MonitoringError('ERR_FLUSH_FAILED', failure.message, { cause: failure.error }));
      };
      flushes.add({ batches, failure: undefined, end });
      pump();
    });
  }

  async function flush(): Promise<void> {
    await drain();
    await exporters.forceFlush();
  }

  async function stop(timeoutMillis: number): Promise<void> {
    const startedAt = now();
    const flushMillis = timeoutMillis * FLUSH_SHARE;
    flushEndsAt = startedAt + flushMillis;
    exporters.endBy(startedAt + timeoutMillis * EXPORT_SHARE);
    const cancelSend = setTimer(() => sendWaiting(), timeoutMillis * RESOURCE_SHARE);
    const flushed = withDeadline(drain(), flushMillis, 'the last flush of spans', setTimer);
    const [flushResult] = await Promise.allSettled([flushed]);
    cancelSend();
    giveUp(noAnswer(flushMillis));
    // Closing waits for the last export. After a failed flush it gets less time, so that the caller gets the error.
    const isFlushed = flushResult.status === 'fulfilled';
    const closesWithinMillis = isFlushed ? timeoutMillis + CLOSE_GRACE_MILLIS : timeoutMillis * EXPORT_SHARE;
    const closeMillis = Math.max(0, startedAt + closesWithinMillis - now());
    const closed = withDeadline(exporters.shutdown(), closeMillis, 'closing the span exporter', setTimer);
    const [closeResult] = await Promise.allSettled([closed]);
    for (const result of [flushResult, closeResult]) if (result.status === 'rejected') throw result.reason;
  }

  function giveUp(failure: ExportFailure): void {
    cancelWake();
    const batches = inFlight === undefined ? ready : [inFlight, ...ready];
    ready = [];
    waitingSpans = 0;
    inFlight = undefined;
    if (batches.length > 0) log.dropped(failure);
    for (const batch of batches) settle(batch, failure);
  }

  return {
    onStart: () => undefined,
    onEnd(span) {
      if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
      if (isStopping) {
        onSpansDropped(1, 'after_shutdown');
        return;
      }
      const bytes = estimateSpanBytes(span);
      if (waitingSpans >= maxQueueSize || heldBytes + bytes > maxQueueBytes) {
        onSpansDropped(1, 'queue_full');
        return;
      }
      waitingSpans++;
      heldBytes += bytes;
      open.sizes.push(bytes);
      const count = open.spans.push(span);
      if (count === 1) openDueAt = now() + options.scheduledDelayMillis;
      if (count >= maxExportBatchSize) closeBatch();
      if (count === 1 || count >= maxExportBatchSize) pump();
    },
    pending: () => waitingSpans + (inFlight?.spans.length ?? 0),
    forceFlush: (timeoutMillis = options.timeoutMillis) =>
      stopped ?? withDeadline(flush(), timeoutMillis, 'exporting the spans', setTimer),
    shutdown(timeoutMillis = options.timeoutMillis) {
      isStopping = true;
      stopped ??= stop(timeoutMillis);
      return stopped;
    },
  };
}

function noAnswer(timeoutMillis: number): ExportFailure {
  const message = `no answer after ${timeoutMillis} ms`;
  return {
    reason: 'DEADLINE_EXCEEDED',
    message,
    retryable: true,
    tooLarge: false,
    error: new Error(message),
  };
}
