import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { type ExportResult, isTracingSuppressed } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace';
import fc from 'fast-check';
import { captureLog } from '../support/captured-log.js';
import { statusWith, statusWithDelay } from '../support/grpc-status.js';
import { AWAY, createSpanQueueHarness, failure, OK } from '../support/span-queue.js';

const REFUSED = failure(3, 'refused');
/** One turn of the event loop, after which all promises have settled that can. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function delayedBy(...details: unknown[]): ExportResult {
  const metadata = { get: (key: string) => (key === 'grpc-status-details-bin' ? details : []) };
  return failure(14, 'busy', { metadata });
}

describe('the span queue', () => {
  describe('with a Collector that answers', () => {
    it('sends each span once', async () => {
      const queue = createSpanQueueHarness({ answers: [OK] });
      queue.end(3);
      await queue.flush();
      await turn();
      expect([queue.attempts, queue.counts, queue.timer.delays]).toEqual([[3], { exported: 3 }, []]);
    });

    it('counts what a burst loses, to the span', async () => {
      const queue = createSpanQueueHarness({ answers: (_spans, callback) => setImmediate(callback, OK) });
      queue.end(10_000);
      // One batch left at once; the queue holds 2,048 more.
      expect(queue.counts).toEqual({ queue_full: 7440 });
      await queue.flush();
      expect(queue.counts).toEqual({ exported: 2560, queue_full: 7440 });
      queue.end(100);
      await queue.shutdown();
      expect(queue.counts).toEqual({ exported: 2660, queue_full: 7440 });
    });

    it('loses none when bursts fit', async () => {
      const queue = createSpanQueueHarness({ answers: (_spans, callback) => setImmediate(callback, OK) });
      for (let burst = 0; burst < 5; burst++) {
        queue.end(2000);
        await queue.flush();
      }
      expect(queue.counts).toEqual({ exported: 10_000 });
    });

    it('counts spans that end after the shutdown', async () => {
      const queue = createSpanQueueHarness({ answers: [OK] });
      queue.end(1);
      const stopped = queue.shutdown();
      queue.end(2);
      await stopped;
      queue.end(3);
      expect([queue.attempts, queue.counts]).toEqual([[1], { exported: 1, after_shutdown: 5 }]);
    });

    it('takes no span that was not sampled', async () => {
      const queue = createSpanQueueHarness({ sampler: new AlwaysOffSampler() });
      queue.end(1);
      await queue.shutdown();
      expect([queue.attempts, queue.counts]).toEqual([[], {}]);
    });
  });

  describe('with a Collector that is away for a while', () => {
    it.each([1, 4, 10, 11, 14, 15])('tries again after code %d, and later each time', async (code) => {
      const queue = createSpanQueueHarness({
        answers: [...Array<ExportResult>(6).fill(failure(code)), OK],
        maxExportBatchSize: 2,
      });
      queue.end(2);
      for (const delay of [500, 1000, 2000, 4000, 5000, 5000]) {
        expect(queue.timer.delays).toEqual([delay]);
        queue.timer.advance(delay);
      }
      expect([queue.attempts.length, queue.counts]).toEqual([7, { exported: 2 }]);
    });

    it.each([
      [0, 400],
      [1, 600],
    ])('spreads the attempts of a fleet: a random %d waits %d ms', (random, delayMillis) => {
      const queue = createSpanQueueHarness({ answers: [AWAY], maxExportBatchSize: 1, random: () => random });
      queue.end(1);
      expect(queue.timer.delays).toEqual([delayMillis]);
    });

    it('waits as long as the Collector asks', () => {
      const metadata = { get: () => [statusWithDelay(3, 0)] };
      const answers = [failure(8, 'busy', { metadata })];
      const queue = createSpanQueueHarness({ answers, maxExportBatchSize: 1 });
      queue.end(1);
      expect(queue.timer.delays).toEqual([3000]);
    });

    it('gives up when the next attempt would be too late', () => {
      const queue = createSpanQueueHarness({
        answers: (_spans, callback) => callback(AWAY),
        maxExportBatchSize: 5,
        retryTimeMaxMillis: 10_000,
      });
      queue.end(5);
      queue.timer.advance(60_000);
      // After 0, 0.5, 1.5, 3.5 and 7.5 s; the next would be at 12.5 s.
      expect([queue.attempts.length, queue.counts, queue.timer.delays]).toEqual([
        5,
        { export_failed: 5 },
        [],
      ]);
    });

    it('holds no more spans than the queue may have, in queue and waiting', async () => {
      let answer = AWAY;
      const queue = createSpanQueueHarness({ answers: (_spans, callback) => callback(answer) });
      queue.end(512);
      await turn();
      queue.end(3000);
      expect(queue.counts).toEqual({ queue_full: 1464 });
      answer = OK;
      await queue.flush();
      expect(queue.counts).toEqual({ queue_full: 1464, exported: 2048 });
    });

    it('counts all that it held when it is shut down', async () => {
      const queue = createSpanQueueHarness({
        answers: (_spans, callback) => callback(AWAY),
        maxQueueSize: 6000,
      });
      for (let batch = 0; batch < 16; batch++) {
        queue.end(512);
        await turn();
      }
      expect(queue.counts).toEqual({ queue_full: 16 * 512 - 6000 });
      const stopped = queue.shutdown().catch(() => undefined);
      for (let second = 0; second < 5; second++) {
        await turn();
        queue.timer.advance(1000);
      }
      await stopped;
      expect(queue.counts).toEqual({ queue_full: 16 * 512 - 6000, export_failed: 6000 });
    });

    it('has room again after an outage', () => {
      const queue = createSpanQueueHarness({
        answers: [AWAY, OK, AWAY, OK],
        maxQueueSize: 10,
        maxExportBatchSize: 10,
      });
      queue.end(10);
      queue.timer.advance(500);
      expect(queue.counts).toEqual({ exported: 10 });
    });

    it('keeps no process alive for what waits', async () => {
      const holding = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
      const queue = createSpanQueueHarness({ answers: [AWAY], realTimers: true });
      const before = holding();
      queue.end(513);
      expect(holding()).toBe(before);
      // Its timers would fire after the spec.
      await queue.shutdown(1).catch(() => undefined);
      expect(queue.counts).toEqual({ export_failed: 513 });
    });
  });

  describe('as a batch processor', () => {
    it('exports after the scheduled delay, or as soon as a batch is full, one batch at a time', () => {
      const queue = createSpanQueueHarness({ maxExportBatchSize: 10, scheduledDelayMillis: 100 });
      queue.end(3);
      queue.timer.advance(99);
      expect(queue.attempts).toEqual([]);
      queue.timer.advance(1);
      expect(queue.attempts).toEqual([3]);
      queue.end(25);
      queue.timer.advance(1000);
      expect(queue.attempts).toEqual([3]);
      queue.callbacks[0]?.(OK);
      queue.callbacks[1]?.(OK);
      expect(queue.attempts).toEqual([3, 10, 10]);
      queue.callbacks[2]?.(OK);
      queue.callbacks[3]?.(OK);
      expect([queue.attempts, queue.counts]).toEqual([[3, 10, 10, 5], { exported: 28 }]);
    });

    it('exports what ended at the time of a flush, in batches', async () => {
      const queue = createSpanQueueHarness({ maxExportBatchSize: 10 });
      queue.end(10);
      queue.end(5);
      const flushed = queue.flush();
      queue.end(1);
      queue.callbacks[0]?.(OK);
      queue.callbacks[1]?.(OK);
      await flushed;
      expect([queue.attempts, queue.counts]).toEqual([[10, 5], { exported: 15 }]);
    });

    it('waits for the attributes that a Resource finds late, and not for ever', async () => {
      let found = (_region: string): void => undefined;
      const region = new Promise<string>((resolve) => {
        found = resolve;
      });
      const regions: unknown[] = [];
      const queue = createSpanQueueHarness({
        resource: resourceFromAttributes({ region }),
        answers: ([span], callback) => {
          regions.push(span?.resource.attributes['region']);
          callback(OK);
        },
        maxExportBatchSize: 1,
      });
      queue.end(1);
      await turn();
      expect(queue.attempts).toEqual([]);
      found('eu');
      await turn();
      expect(regions).toEqual(['eu']);

      const stuck = createSpanQueueHarness({
        resource: resourceFromAttributes({ region: new Promise<string>(() => undefined) }),
        answers: (_spans, callback) => callback(OK),
        maxExportBatchSize: 1,
      });
      stuck.end(2);
      stuck.timer.advance(5000);
      await turn();
      expect([stuck.attempts, stuck.counts]).toEqual([[1, 1], { exported: 2 }]);
    });

    it('traces no call of the exporter', () => {
      context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
      const suppressed: boolean[] = [];
      const queue = createSpanQueueHarness({
        answers: () => suppressed.push(isTracingSuppressed(context.active())),
        maxExportBatchSize: 1,
      });
      queue.end(1);
      context.disable();
      expect(suppressed).toEqual([true]);
    });
  });

  describe('with spans of many bytes', () => {
    it('holds no more of them than it may, those being exported included', () => {
      const queue = createSpanQueueHarness({ maxQueueBytes: 1_000_000, maxExportBatchSize: 10 });
      // Two bytes a character, so that four of them fit.
      const body = 'x'.repeat(100_000);
      queue.end(6, { body });
      expect(queue.counts).toEqual({ queue_full: 2 });
      queue.end(6, { size: 1 });
      expect([queue.attempts, queue.counts]).toEqual([[10], { queue_full: 2 }]);
      queue.end(1, { body });
      expect(queue.counts).toEqual({ queue_full: 3 });
      queue.callbacks[0]?.(OK);
      queue.end(4, { body: ['x'.repeat(50_000), 'x'.repeat(50_000)] });
      expect(queue.counts).toEqual({ queue_full: 3, exported: 10 });
    });
  });

  describe('with spans whose name is no text, as a program without types may have them', () => {
    it('takes and counts them, and keeps its bound on bytes', () => {
      const queue = createSpanQueueHarness({ maxQueueBytes: 10_000 });
      const tracer = queue.provider.getTracer('spec');
      for (const name of [undefined, null, 5, {}, Symbol('name')]) {
        const span = tracer.startSpan(name as string);
        span.addEvent(name as string);
        span.end();
      }
      queue.end(2, { body: 'x'.repeat(2000) });
      expect(queue.counts).toEqual({ queue_full: 2 });
    });
  });

  describe('with a batch that is too large', () => {
    const tooLarge = (message: string) => failure(8, `8 RESOURCE_EXHAUSTED: ${message}`);

    it.each([
      'grpc: received message larger than max (5000000 vs. 4194304)',
      'Sent message larger than max (5000 vs. 4096)',
      'gRPC message exceeds maximum size 4194304: 5000000',
    ])('halves it until it fits, and drops a span that does not by itself: %s', (message) => {
      const isHuge = (span: { readonly name: string }): boolean => span.name === 'span 3';
      const queue = createSpanQueueHarness({
        answers: (spans, callback) => callback(spans.some(isHuge) ? tooLarge(message) : OK),
        maxExportBatchSize: 8,
      });
      queue.end(8);
      expect([queue.attempts, queue.counts]).toEqual([
        [8, 4, 2, 2, 1, 1, 4],
        { exported: 7, export_failed: 1 },
      ]);
    });

    it('halves it as well where the exporter throws, and drops the span that it cannot encode', () => {
      const queue = createSpanQueueHarness({
        answers: (spans, callback) => {
          if (spans.some(({ name }) => name === 'span 3')) throw new TypeError('no name');
          callback(OK);
        },
        maxExportBatchSize: 8,
      });
      queue.end(8);
      expect([queue.attempts, queue.counts]).toEqual([
        [8, 4, 2, 2, 1, 1, 4],
        { exported: 7, export_failed: 1 },
      ]);
    });

    it('drops all spans of an exporter that always throws', () => {
      const queue = createSpanQueueHarness({
        answers: Array(3).fill(new Error('broken')),
        maxExportBatchSize: 2,
      });
      queue.end(2);
      expect([queue.attempts, queue.counts]).toEqual([[2, 1, 1], { export_failed: 2 }]);
    });

    it('says in a flush that a span was dropped', async () => {
      const queue = createSpanQueueHarness({
        answers: (_spans, callback) => callback(tooLarge('Sent message larger than max (9 vs. 4)')),
      });
      queue.end(2);
      await expect(queue.flush()).rejects.toThrow(/larger than max/);
      expect([queue.attempts, queue.counts]).toEqual([[2, 1, 1], { export_failed: 2 }]);
    });
  });

  describe('with a batch that never succeeds', () => {
    it('lets the others pass', () => {
      const queue = createSpanQueueHarness({
        answers: (spans, callback) => callback(spans.some(({ name }) => name === 'span 1') ? AWAY : OK),
        maxExportBatchSize: 2,
      });
      queue.end(8);
      queue.timer.advance(2000);
      expect(queue.counts).toEqual({ exported: 6 });
      queue.timer.advance(60_000);
      expect(queue.counts).toEqual({ exported: 6, export_failed: 2 });
    });
  });

  describe('with an error that will not pass', () => {
    it.each([
      ['a code that is not retryable', failure(3)],
      ['no code', failure()],
      ['exhausted resources without a time to come back', failure(8, 'busy')],
      ['no error', { code: 1 } as ExportResult],
      ['no result', null as unknown as ExportResult],
    ])('drops the spans at once: %s', async (_, answer) => {
      const queue = createSpanQueueHarness({ answers: [answer], maxExportBatchSize: 2 });
      queue.end(2);
      await turn();
      expect([queue.attempts, queue.counts]).toEqual([[2], { export_failed: 2 }]);
    });
  });

  describe('with an exporter that never answers', () => {
    it('tries again after a while, and ignores the answer that comes too late', () => {
      const queue = createSpanQueueHarness({ maxExportBatchSize: 2, exportTimeoutMillis: 1000 });
      queue.end(2);
      queue.timer.advance(1500);
      expect(queue.attempts.length).toBe(2);
      queue.callbacks[0]?.(OK);
      expect(queue.counts).toEqual({});
      queue.callbacks[1]?.(OK);
      queue.callbacks[1]?.(OK);
      expect(queue.counts).toEqual({ exported: 2 });
    });
  });

  describe('the delay that a Collector asks for', () => {
    const delayAfter = (...details: unknown[]): number | undefined => {
      const queue = createSpanQueueHarness({
        answers: [delayedBy(...details)],
        maxExportBatchSize: 1,
        retryTimeMaxMillis: Number.POSITIVE_INFINITY,
      });
      queue.end(1);
      return queue.timer.delays[0];
    };

    it('is kept, whatever it is, from our first one on', () => {
      fc.assert(
        fc.property(fc.oneof(fc.constant(0), fc.nat(1_000_000)), fc.nat(999_999_999), (seconds, nanos) => {
          const expected = Math.max(500, seconds * 1000 + nanos / 1e6);
          expect(delayAfter(statusWithDelay(seconds, nanos))).toBeCloseTo(expected, 6);
        }),
      );
    });

    it('does not hold the event loop where it is zero and the answer comes at once', () => {
      let attempts = 0;
      const queue = createSpanQueueHarness({
        answers: (_spans, callback) => callback(++attempts > 10 ? OK : delayedBy(statusWithDelay(0, 0))),
        maxExportBatchSize: 1,
      });
      queue.end(1);
      expect(queue.attempts.length).toBe(1);
    });

    it.each([
      ['no details', []],
      ['details of another kind', ['text']],
      ['details without a RetryInfo', [Buffer.from([8, 14])]],
      ['a negative delay', [statusWith([8, ...Array<number>(9).fill(0xff), 1])]],
    ])('is ours with %s', (_, details) => {
      expect(delayAfter(...details)).toBe(500);
    });

    it.each([
      ['without metadata', failure(14)],
      ['with metadata that is none', failure(14, 'away', { metadata: null })],
    ])('is ours %s', (_, answer) => {
      const queue = createSpanQueueHarness({ answers: [answer], maxExportBatchSize: 1 });
      queue.end(1);
      expect(queue.timer.delays).toEqual([500]);
    });

    it('is never negative, and no bytes break it', () => {
      const damaged = fc.tuple(fc.nat(100), fc.nat(255)).map(([at, byte]) => {
        const details = statusWithDelay(3, 5_000_000);
        details[at % details.length] = byte;
        return details;
      });
      const cut = fc.nat(100).map((end) => statusWithDelay(3, 5_000_000).subarray(0, end));
      fc.assert(
        fc.property(fc.oneof(fc.uint8Array(), damaged, cut), (details) => {
          expect(delayAfter(details)).toBeGreaterThanOrEqual(0);
        }),
        { numRuns: 1000 },
      );
    });
  });

  describe('forceFlush()', () => {
    it('tries what waits at once, and resolves when it is delivered', async () => {
      const queue = createSpanQueueHarness({ answers: [AWAY, OK], maxExportBatchSize: 2 });
      queue.end(2);
      await queue.flush();
      expect([queue.attempts, queue.counts]).toEqual([[2, 2], { exported: 2 }]);
    });

    it('rejects with what the spans were dropped for', async () => {
      const queue = createSpanQueueHarness({ answers: [AWAY, REFUSED], maxExportBatchSize: 2 });
      queue.end(2);
      await expect(queue.flush()).rejects.toMatchObject({
        code: 'ERR_FLUSH_FAILED',
        cause: { message: 'refused' },
      });
    });

    it('rejects at its deadline, and goes on trying', async () => {
      const queue = createSpanQueueHarness({
        answers: [AWAY, AWAY, OK],
        maxExportBatchSize: 2,
        timeoutMillis: 200,
      });
      queue.end(2);
      const flushed = queue.flush();
      await turn();
      queue.timer.advance(200);
      await expect(flushed).rejects.toMatchObject({ code: 'ERR_DEADLINE_EXCEEDED' });
      queue.timer.advance(1000);
      expect(queue.counts).toEqual({ exported: 2 });
    });
  });

  describe('shutdown()', () => {
    it('gives what waits one last attempt', async () => {
      const queue = createSpanQueueHarness({ answers: [AWAY, OK], maxExportBatchSize: 2 });
      queue.end(2);
      const stopped = queue.shutdown();
      await turn();
      queue.timer.advance(4000);
      await stopped;
      expect([queue.counts, queue.shutdowns()]).toEqual([{ exported: 2 }, 1]);
    });

    it('drops what is refused, says so, and closes the exporter all the same', async () => {
      const queue = createSpanQueueHarness({ answers: [REFUSED] });
      queue.end(3);
      await expect(queue.shutdown()).rejects.toThrow(/refused/);
      expect([queue.counts, queue.shutdowns()]).toEqual([{ export_failed: 3 }, 1]);
    });

    it('does not wait for an attempt that would come too late', async () => {
      const queue = createSpanQueueHarness({ answers: (_spans, callback) => callback(AWAY) });
      queue.end(3);
      // The clock stands still: the first retry, after 500 ms, would come after the last flush.
      await expect(queue.shutdown(600)).rejects.toThrow(/away/);
      expect([queue.attempts, queue.counts]).toEqual([[3], { export_failed: 3 }]);
    });

    it('waits for a hung Collector no longer than its deadline', async () => {
      const queue = createSpanQueueHarness();
      queue.end(700);
      const rejected = expect(queue.shutdown()).rejects.toMatchObject({ code: 'ERR_DEADLINE_EXCEEDED' });
      await turn();
      queue.timer.advance(4000);
      await turn();
      queue.timer.advance(1000);
      await rejected;
      queue.callbacks[0]?.(OK);
      expect([queue.counts, queue.shutdowns()]).toEqual([{ export_failed: 700 }, 1]);
    });

    it.each([
      ['begins', 0],
      ['is under way', 5000],
    ])('loses no spans to a Resource that is never complete where the wait %s', async (_when, millis) => {
      const queue = createSpanQueueHarness({
        resource: resourceFromAttributes({ region: new Promise<string>(() => undefined) }),
        answers: (_spans, callback) => callback(OK),
      });
      queue.end(3);
      queue.timer.advance(millis);
      queue.end(2);
      const stopped = queue.shutdown();
      queue.timer.advance(2000);
      await stopped;
      expect(queue.counts).toEqual({ exported: 5 });
    });

    it('waits for an exporter that does not close no longer than its deadline', async () => {
      const queue = createSpanQueueHarness({ shutdown: () => new Promise(() => undefined) });
      const stopped = queue.shutdown();
      await turn();
      queue.timer.advance(6000);
      await expect(stopped).rejects.toMatchObject({ code: 'ERR_DEADLINE_EXCEEDED' });
    });

    it('is shared by all callers, and ends every later flush', async () => {
      const queue = createSpanQueueHarness();
      const first = queue.shutdown();
      expect(queue.shutdown()).toBe(first);
      await queue.flush();
      await first;
      expect([queue.attempts, queue.counts, queue.shutdowns()]).toEqual([[], {}, 1]);
    });
  });

  it('tells the diagnostic log of an outage in one line for each thing that happened', async () => {
    const log = captureLog();
    const away = failure(14, '14 UNAVAILABLE: no connection');
    const queue = createSpanQueueHarness({
      answers: [away, away, away, REFUSED, REFUSED, OK, OK, away],
      maxExportBatchSize: 1,
      retryTimeMaxMillis: 1000,
    });
    for (let batch = 0; batch < 5; batch++) {
      queue.end(1);
      queue.timer.advance(60_000);
      await turn();
    }
    queue.end(1);
    log.release();
    expect(log.lines).toEqual([
      'warn: spans cannot be exported (UNAVAILABLE: 14 UNAVAILABLE: no connection); retrying for up to 1 s',
      'error: spans were dropped (UNAVAILABLE: 14 UNAVAILABLE: no connection); further drops are counted, not logged',
      'error: spans were dropped (code 3: refused); further drops are counted, not logged',
      'info: spans are exported again',
      'warn: spans cannot be exported (UNAVAILABLE: 14 UNAVAILABLE: no connection); retrying for up to 1 s',
    ]);
  });
});
