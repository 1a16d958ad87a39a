import { type Context, TraceFlags } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, Span, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace';
import { withDeadline } from './deadline.js';
import type { RetryingSpanExporter } from './retrying-span-exporter.js';
import { type SetTimer, setUnrefTimer } from './timer.js';

const DELIVERED: ExportResult = { code: ExportResultCode.SUCCESS };

/** What a counting span processor is made of. */
export interface CountingSpanProcessorOptions {
  readonly exporter: RetryingSpanExporter;
  /** The `maxQueueSize` of the batch processor, in spans. */
  readonly maxQueueSize: number;
  /** Makes the batch processor over an exporter; a function, because the trace SDK is loaded late. */
  readonly createProcessor: (exporter: SpanExporter) => SpanProcessor;
  /** Spans that were never handed to the exporter. */
  readonly onDropped: (spanCount: number, reason: 'queue_full' | 'after_shutdown') => void;
  /** Time that `shutdown()` leaves to flush and retry before the exporter is shut down, in milliseconds. */
  readonly shutdownTimeoutMillis: number;
  readonly setTimer?: SetTimer | undefined;
}

/**
 * Wraps a batch span processor so that no span is lost uncounted, and so that a hung Collector cannot hold up the
 * shutdown.
 *
 * The batch processor drops what exceeds its queue and tells nobody but the log. Here the same bound is checked one
 * step earlier: spans go in at `onEnd` and leave the queue when the exporter gets them, so the difference is the
 * length of the queue, and what would not fit is counted instead of handed on. Spans that wait for another attempt
 * are in the queue again, so that an outage takes no more memory than the queue was given.
 */
export function createCountingSpanProcessor(options: CountingSpanProcessorOptions): SpanProcessor {
  const { exporter, maxQueueSize, onDropped, shutdownTimeoutMillis, setTimer = setUnrefTimer } = options;
  let queued = 0;
  let flushes = 0;
  /** What a flush still waits for when it begins to wait for another attempt. */
  const unanswered = new Set<() => void>();
  let stopped: Promise<void> | undefined;

  const processor = options.createProcessor({
    export(spans, callback) {
      let isHeld = false;
      let isAnswered = false;
      const answer = (result: ExportResult): void => {
        if (!isAnswered) callback(result);
        isAnswered = true;
      };
      queued -= spans.length;
      const finish = (result: ExportResult): void => {
        if (isHeld) queued -= spans.length;
        unanswered.delete(release);
        answer(flushes > 0 ? result : quiet(result));
      };
      const release = (): void => answer(DELIVERED);
      exporter.export(spans, finish, () => {
        isHeld = true;
        queued += spans.length;
        // The batch processor waits with a timer that keeps the process alive; the exporter's own timers do not.
        if (flushes === 0) release();
        else unanswered.add(release);
      });
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  });

  /** Waits for the queue, and for batches that wait for another attempt, which the batch processor forgets. */
  async function flush(): Promise<void> {
    await Promise.all([processor.forceFlush(), exporter.forceFlush()]);
  }

  /** Nobody waits for them any more; see above. */
  function releaseAll(): void {
    for (const release of unanswered) release();
    unanswered.clear();
  }

  async function flushing(work: () => Promise<void>): Promise<void> {
    flushes++;
    try {
      await work();
    } finally {
      flushes--;
      if (flushes === 0) releaseAll();
    }
  }

  async function stop(): Promise<void> {
    const flushed = withDeadline(
      processor.shutdown(),
      shutdownTimeoutMillis,
      'the last flush of spans',
      setTimer,
    );
    const [flushResult] = await Promise.allSettled([flushed]);
    // The batch processor leaves its exporter open when the last flush fails, and waits for retries that do not end.
    const [closeResult] = await Promise.allSettled([exporter.shutdown()]);
    for (const result of [flushResult, closeResult]) if (result.status === 'rejected') throw result.reason;
  }

  return {
    onStart: (span: Span, parentContext: Context) => processor.onStart(span, parentContext),
    onEnding: (span: Span) => processor.onEnding?.(span),
    onEnd(span: ReadableSpan) {
      if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
      if (stopped !== undefined) onDropped(1, 'after_shutdown');
      else if (queued >= maxQueueSize) onDropped(1, 'queue_full');
      else {
        queued++;
        processor.onEnd(span);
      }
    },
    forceFlush: () => (stopped === undefined ? flushing(flush) : stopped),
    shutdown() {
      stopped ??= flushing(stop);
      return stopped;
    },
  };
}

/**
 * Outside a flush nobody waits for the result, and the batch processor would print a line for each batch that failed.
 * The exporter has counted and told the failure already.
 */
function quiet(result: ExportResult): ExportResult {
  return result.code === ExportResultCode.SUCCESS ? result : DELIVERED;
}
