import { TraceFlags } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import {
  AlwaysOffSampler,
  BatchSpanProcessor,
  type SpanExporter,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { createCountingSpanProcessor } from '../../lib/otlp/counting-span-processor.js';
import { createRetryingSpanExporter } from '../../lib/otlp/retrying-span-exporter.js';
import { captureLog } from '../support/captured-log.js';
import { createManualTimer } from '../support/manual-timer.js';

const OK: ExportResult = { code: ExportResultCode.SUCCESS };
const REFUSED: ExportResult = {
  code: ExportResultCode.FAILED,
  error: Object.assign(new Error('refused'), { code: 3 }),
};

type Answer = (callback: (result: ExportResult) => void) => void;

/** The whole way of a span: provider, counting processor, the SDK's batch processor, retries, a scripted Collector. */
function setup(answer: Answer = (callback) => callback(OK)) {
  const timer = createManualTimer();
  const counts: Record<string, number> = {};
  const add = (key: string) => (count: number) => {
    counts[key] = (counts[key] ?? 0) + count;
  };
  let shutdowns = 0;
  const inner: SpanExporter = {
    export: (_spans, callback) => answer(callback),
    async shutdown() {
      shutdowns++;
    },
  };
  const exporter = createRetryingSpanExporter(inner, {
    onExported: add('exported'),
    onDropped: (count, reason) => add(reason)(count),
    setTimer: timer.setTimer,
    now: timer.now,
  });
  const processor = createCountingSpanProcessor({
    exporter,
    maxQueueSize: 2048,
    createProcessor: (tap) =>
      new BatchSpanProcessor({ exporter: tap, maxQueueSize: 2048, maxExportBatchSize: 512 }),
    onDropped: (count, reason) => add(reason)(count),
    shutdownTimeoutMillis: 4000,
    setTimer: timer.setTimer,
  });
  const provider = new TracerProvider({ spanProcessors: [processor] });
  const tracer = provider.getTracer('spec');
  const end = (count: number): void => {
    for (let index = 0; index < count; index++) tracer.startSpan('s').end();
  };
  return { processor, provider, timer, counts, end, shutdowns: () => shutdowns };
}

describe('createCountingSpanProcessor()', () => {
  it('counts what a burst loses, to the span', async () => {
    const { provider, counts, end } = setup();
    end(10_000);
    // One batch left at once; the queue holds 2,048 more.
    expect(counts).toEqual({ exported: 512, queue_full: 7440 });
    await provider.forceFlush();
    expect(counts).toEqual({ exported: 2560, queue_full: 7440 });
    end(100);
    await provider.shutdown();
    expect(counts).toEqual({ exported: 2660, queue_full: 7440 });
  });

  it('loses none when bursts fit', async () => {
    const { provider, counts, end } = setup();
    for (let burst = 0; burst < 5; burst++) {
      end(2000);
      await provider.forceFlush();
    }
    expect(counts).toEqual({ exported: 10_000 });
  });

  it('counts each span exactly once while the Collector is away, and after', async () => {
    const waiting: ((result: ExportResult) => void)[] = [];
    const { provider, counts, end } = setup((callback) => waiting.push(callback));
    end(600);
    end(3000);
    expect(counts).toEqual({ queue_full: 1040 });
    const flushed = provider.forceFlush();
    for (const callback of waiting) callback(OK);
    await flushed;
    expect(counts).toEqual({ queue_full: 1040, exported: 2560 });
  });

  it('counts spans that end after the shutdown', async () => {
    const { provider, counts, end } = setup();
    end(1);
    const stopped = provider.shutdown();
    end(2);
    await stopped;
    end(3);
    expect(counts).toEqual({ exported: 1, after_shutdown: 5 });
  });

  it('counts no span that was not sampled', async () => {
    const { processor, counts } = setup();
    const provider = new TracerProvider({ sampler: new AlwaysOffSampler(), spanProcessors: [processor] });
    const span = provider.getTracer('spec').startSpan('s');
    expect(span.spanContext().traceFlags).toBe(TraceFlags.NONE);
    span.end();
    await provider.shutdown();
    expect(counts).toEqual({});
  });

  it('prints no line of its own for each batch that fails, but fails a flush', async () => {
    const log = captureLog();
    const { provider, counts, end } = setup((callback) => callback(REFUSED));
    end(512);
    end(512);
    await new Promise(setImmediate);
    end(10);
    await expect(provider.forceFlush()).rejects.toEqual([REFUSED.error]);
    log.release();
    expect(counts).toEqual({ export_failed: 1034 });
    expect(log.lines).toEqual(['error: spans were dropped (code 3: refused); further ones are only counted']);
  });

  it('waits in a flush for a batch that waits for another attempt', async () => {
    const answers: ExportResult[] = [
      { code: ExportResultCode.FAILED, error: Object.assign(new Error('away'), { code: 14 }) },
      OK,
    ];
    const { provider, counts, end } = setup((callback) => callback(answers.shift() ?? REFUSED));
    end(512);
    expect(counts).toEqual({});
    await provider.forceFlush();
    expect(counts).toEqual({ exported: 512 });
  });

  describe('with a Collector that is away', () => {
    const AWAY: ExportResult = {
      code: ExportResultCode.FAILED,
      error: Object.assign(new Error('away'), { code: 14 }),
    };
    const timersThatHoldTheProcess = () =>
      process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

    it('does not keep the process alive for a batch that waits', () => {
      const { end } = setup((callback) => callback(AWAY));
      const before = timersThatHoldTheProcess();
      end(512);
      expect(timersThatHoldTheProcess()).toBe(before);
    });

    it('does not keep it alive either when a flush no longer waits', async () => {
      const { processor, timer, end } = setup((callback) => callback(AWAY));
      const before = timersThatHoldTheProcess();
      end(10);
      const flushed = processor.forceFlush();
      expect(timersThatHoldTheProcess()).toBe(before + 1);
      timer.advance(5000);
      await expect(flushed).rejects.toMatchObject({ code: 'ERR_DEADLINE_EXCEEDED' });
      expect(timersThatHoldTheProcess()).toBe(before);
    });

    it('holds no more spans than the queue may have, in queue and waiting', async () => {
      let answer = AWAY;
      const { provider, counts, end } = setup((callback) => callback(answer));
      end(512);
      await new Promise(setImmediate);
      end(3000);
      expect(counts).toEqual({ queue_full: 1464 });
      answer = OK;
      await provider.forceFlush();
      expect(counts).toEqual({ queue_full: 1464, exported: 2048 });
    });
  });

  describe('with a Collector that hangs', () => {
    it('shuts down within the deadlines, counts the spans and closes the exporter', async () => {
      const { provider, timer, counts, end, shutdowns } = setup(() => undefined);
      end(700);
      const stopped = provider.shutdown();
      await new Promise(setImmediate);
      timer.advance(4000);
      await new Promise(setImmediate);
      timer.advance(1000);
      await expect(stopped).rejects.toMatchObject({ code: 'ERR_DEADLINE_EXCEEDED' });
      expect([counts, shutdowns()]).toEqual([{ export_failed: 700 }, 1]);
    });
  });

  describe('with a Collector that refuses the last batch', () => {
    it('closes the exporter all the same', async () => {
      const { provider, counts, end, shutdowns } = setup((callback) => callback(REFUSED));
      end(3);
      await expect(provider.shutdown()).rejects.toBe(REFUSED.error);
      expect([counts, shutdowns()]).toEqual([{ export_failed: 3 }, 1]);
    });
  });
});
