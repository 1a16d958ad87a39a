import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { MonitoringError } from '../errors.js';
import { withDeadline } from './deadline.js';
import { createExportLog } from './export-log.js';
import { toExportFailure } from './grpc-status.js';
import { retryDelayOf } from './retry-info.js';
import { type SetTimer, setUnrefTimer } from './timer.js';

/** How spans are retried, and who is told what became of them. */
export interface RetryOptions {
  /** Spans that the Collector accepted. */
  readonly onExported?: ((spanCount: number) => void) | undefined;
  /** Spans given up: not exported in time, refused, or handed over after the shutdown. */
  readonly onDropped?: ((spanCount: number, reason: 'export_failed' | 'after_shutdown') => void) | undefined;
  /**
   * Longest time from the first attempt of a batch to the start of its last, in milliseconds.
   *
   * @defaultValue 60_000
   */
  readonly retryTimeMaxMillis?: number | undefined;
  /**
   * Most spans that wait for another attempt; a batch beyond it is given up.
   *
   * @defaultValue 4_096
   */
  readonly heldSpansMax?: number | undefined;
  /**
   * Time after which an attempt without an answer counts as failed, in milliseconds; longer than the exporter's own.
   *
   * @defaultValue 30_000
   */
  readonly attemptTimeoutMillis?: number | undefined;
  /**
   * Longest time of `forceFlush()`, in milliseconds.
   *
   * @defaultValue 5_000
   */
  readonly flushTimeoutMillis?: number | undefined;
  /**
   * Longest time of `shutdown()`, in milliseconds: one last attempt for each batch.
   *
   * @defaultValue 1_000
   */
  readonly shutdownTimeoutMillis?: number | undefined;
  readonly setTimer?: SetTimer | undefined;
  readonly now?: (() => number) | undefined;
  /** A number from 0 to 1, for the jitter. */
  readonly random?: (() => number) | undefined;
}

/** A span exporter that can always flush. */
export interface RetryingSpanExporter extends SpanExporter {
  /**
   * Sends spans.
   *
   * @param callback - called once, when they are delivered or given up
   * @param onHeld - called once at most, when their first attempt has failed and they begin to wait for another
   */
  export(spans: ReadableSpan[], callback: (result: ExportResult) => void, onHeld?: () => void): void;
  forceFlush(): Promise<void>;
}

const BACKOFF_FIRST_MILLIS = 500;
const BACKOFF_MAX_MILLIS = 5_000;
/** Keeps the processes of a fleet from coming back all at once. */
const JITTER_SHARE = 0.2;

/** One call of `export`, until its callback is called. */
interface Batch {
  readonly spans: ReadableSpan[];
  readonly startedAt: number;
  readonly done: Promise<ExportResult>;
  readonly settle: (result: ExportResult) => void;
  readonly onHeld: (() => void) | undefined;
  attempts: number;
  /** Whether it counts among the spans held. */
  held: boolean;
  /** While it waits: stops the wait. */
  cancelWait: (() => void) | undefined;
}

/**
 * Wraps a span exporter so that a Collector that is away for a while costs no spans: the OTLP gRPC exporter of
 * OpenTelemetry JS never retries by itself.
 *
 * A batch is tried again after the delay that the Collector asks for (RetryInfo), or else after an exponential
 * backoff with jitter, for gRPC codes that the OTLP specification calls retryable. Its callback is called when it is
 * delivered or given up, so that a flush waits for it. Each span is counted exactly once, as exported or as dropped.
 *
 * @param inner - the exporter that sends
 */
export function createRetryingSpanExporter(
  inner: SpanExporter,
  options: RetryOptions = {},
): RetryingSpanExporter {
  const {
    onExported,
    onDropped,
    retryTimeMaxMillis = 60_000,
    heldSpansMax = 4_096,
    attemptTimeoutMillis = 30_000,
    flushTimeoutMillis = 5_000,
    shutdownTimeoutMillis = 1_000,
    setTimer = setUnrefTimer,
    now = () => performance.now(),
    random = Math.random,
  } = options;
  const pending = new Set<Batch>();
  const log = createExportLog(retryTimeMaxMillis);
  let heldSpans = 0;
  let stopped: Promise<void> | undefined;

  function send(
    spans: ReadableSpan[],
    callback: (result: ExportResult) => void,
    onHeld?: (() => void) | undefined,
  ): void {
    if (stopped !== undefined) {
      onDropped?.(spans.length, 'after_shutdown');
      callback({ code: ExportResultCode.FAILED, error: new Error('the span exporter is shut down') });
      return;
    }
    const batch = createBatch(spans, now(), callback, onHeld);
    pending.add(batch);
    attempt(batch);
  }

  function attempt(batch: Batch): void {
    batch.cancelWait = undefined;
    batch.attempts++;
    let answered = false;
    const answer = (result: ExportResult): void => {
      if (answered) return;
      answered = true;
      cancelTimeout();
      // A batch given up at shutdown is counted already; a late answer changes nothing.
      if (pending.has(batch)) receive(batch, result);
    };
    const cancelTimeout = setTimer(() => answer(noAnswer(attemptTimeoutMillis)), attemptTimeoutMillis);
    try {
      inner.export(batch.spans, answer);
    } catch (error) {
      answer({ code: ExportResultCode.FAILED, error: toError(error) });
    }
  }

  function receive(batch: Batch, result: ExportResult): void {
    if (result.code === ExportResultCode.SUCCESS) {
      log.recovered();
      finish(batch, result);
      return;
    }
    const delayMillis = delayBeforeRetry(batch, result.error);
    if (delayMillis === undefined || !hold(batch)) {
      log.dropped(toExportFailure(result.error));
      finish(batch, result);
      return;
    }
    log.retrying(toExportFailure(result.error));
    batch.cancelWait = setTimer(() => attempt(batch), delayMillis);
  }

  /** `undefined` when another attempt would be in vain or too late. */
  function delayBeforeRetry(batch: Batch, error: unknown): number | undefined {
    if (stopped !== undefined || !toExportFailure(error).retryable) return undefined;
    const exponential = Math.min(BACKOFF_MAX_MILLIS, BACKOFF_FIRST_MILLIS * 2 ** (batch.attempts - 1));
    const jittered = exponential * (1 + JITTER_SHARE * (2 * random() - 1));
    const delayMillis = retryDelayOf(error) ?? jittered;
    return now() - batch.startedAt + delayMillis > retryTimeMaxMillis ? undefined : delayMillis;
  }

  function hold(batch: Batch): boolean {
    if (batch.held) return true;
    if (heldSpans + batch.spans.length > heldSpansMax) return false;
    heldSpans += batch.spans.length;
    batch.held = true;
    batch.onHeld?.();
    return true;
  }

  function finish(batch: Batch, result: ExportResult): void {
    pending.delete(batch);
    if (batch.held) heldSpans -= batch.spans.length;
    if (result.code === ExportResultCode.SUCCESS) onExported?.(batch.spans.length);
    else onDropped?.(batch.spans.length, 'export_failed');
    batch.settle(result);
  }

  /** Tries all waiting batches at once and waits for all that are pending now. */
  async function drain(): Promise<void> {
    const batches = [...pending];
    for (const batch of batches) {
      if (batch.cancelWait === undefined) continue;
      batch.cancelWait();
      attempt(batch);
    }
    const results = await Promise.all(batches.map(({ done }) => done));
    const failed = results.find(({ code }) => code !== ExportResultCode.SUCCESS);
    if (failed !== undefined) {
      throw new MonitoringError('ERR_FLUSH_FAILED', 'some spans were not exported', { cause: failed.error });
    }
  }

  async function stop(): Promise<void> {
    const endsAt = now() + shutdownTimeoutMillis;
    // `stopped` is set by now, so that no attempt that fails from here on waits for another.
    const drained = withDeadline(drain(), shutdownTimeoutMillis, 'the last export of spans', setTimer);
    const [drainResult] = await Promise.allSettled([drained]);
    for (const batch of [...pending]) {
      batch.cancelWait?.();
      finish(batch, { code: ExportResultCode.FAILED, error: new Error('the span exporter was shut down') });
    }
    const closing = withDeadline(
      Promise.resolve(inner.shutdown()),
      Math.max(0, endsAt - now()),
      'closing the span exporter',
      setTimer,
    );
    const [closeResult] = await Promise.allSettled([closing]);
    for (const result of [drainResult, closeResult]) if (result.status === 'rejected') throw result.reason;
  }

  return {
    export: send,
    forceFlush: () => withDeadline(drain(), flushTimeoutMillis, 'exporting the spans', setTimer),
    shutdown() {
      if (stopped === undefined) {
        // One turn later, when `stopped` is set.
        stopped = Promise.resolve().then(stop);
      }
      return stopped;
    },
  };
}

function createBatch(
  spans: ReadableSpan[],
  startedAt: number,
  callback: (result: ExportResult) => void,
  onHeld: (() => void) | undefined,
): Batch {
  let resolveDone: (result: ExportResult) => void = () => undefined;
  const done = new Promise<ExportResult>((resolve) => {
    resolveDone = resolve;
  });
  const settle = (result: ExportResult): void => {
    resolveDone(result);
    callback(result);
  };
  return { spans, startedAt, done, settle, onHeld, attempts: 0, held: false, cancelWait: undefined };
}

function noAnswer(timeoutMillis: number): ExportResult {
  const error = Object.assign(new Error(`no answer after ${timeoutMillis} ms`), { code: 4 });
  return { code: ExportResultCode.FAILED, error };
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
