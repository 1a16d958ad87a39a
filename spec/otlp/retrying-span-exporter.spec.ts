import { once } from 'node:events';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanExporter,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { createRetryingSpanExporter, type RetryOptions } from '../../lib/otlp/retrying-span-exporter.js';
import { captureLog } from '../support/captured-log.js';
import { statusWithDelay } from '../support/grpc-status.js';
import { createManualTimer } from '../support/manual-timer.js';

/** Real spans, ended. */
function createSpans(count: number): ReadableSpan[] {
  const memory = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: memory })] });
  for (let index = 0; index < count; index++) provider.getTracer('spec').startSpan(`span ${index}`).end();
  return memory.getFinishedSpans();
}

const OK: ExportResult = { code: ExportResultCode.SUCCESS };

function failure(code: number | undefined, message = 'away', extra: object = {}): ExportResult {
  const error = Object.assign(new Error(message), code === undefined ? {} : { code }, extra);
  return { code: ExportResultCode.FAILED, error };
}

interface Setup extends RetryOptions {
  /** What the inner exporter answers, in order; then it does not answer at all. */
  readonly answers?: readonly (ExportResult | Error)[];
}

function setup({ answers = [], ...options }: Setup = {}) {
  const timer = createManualTimer();
  const script = [...answers];
  const attempts: number[] = [];
  const counts: string[] = [];
  const callbacks: ((result: ExportResult) => void)[] = [];
  let shutdowns = 0;
  const inner: SpanExporter = {
    export(spans, callback) {
      attempts.push(spans.length);
      callbacks.push(callback);
      const answer = script.shift();
      if (answer instanceof Error) throw answer;
      if (answer !== undefined) callback(answer);
    },
    async shutdown() {
      shutdowns++;
    },
  };
  const exporter = createRetryingSpanExporter(inner, {
    onExported: (count) => counts.push(`exported ${count}`),
    onDropped: (count, reason) => counts.push(`dropped ${count} ${reason}`),
    setTimer: timer.setTimer,
    now: timer.now,
    random: () => 0.5,
    ...options,
  });
  const send = (count: number): Promise<ExportResult> =>
    new Promise((resolve) => exporter.export(createSpans(count), resolve));
  return { exporter, timer, attempts, callbacks, counts, send, shutdowns: () => shutdowns };
}

describe('createRetryingSpanExporter()', () => {
  describe('with a Collector that answers', () => {
    it('passes the spans on once and counts them', async () => {
      const { send, attempts, counts, timer } = setup({ answers: [OK] });
      expect(await send(3)).toEqual(OK);
      expect([attempts, counts, timer.delays]).toEqual([[3], ['exported 3'], []]);
    });
  });

  describe('with a Collector that is away for a while', () => {
    it.each([1, 4, 8, 10, 11, 14, 15])('tries again after code %d, and later each time', async (code) => {
      const { send, attempts, counts, timer } = setup({
        answers: [...Array<ExportResult>(6).fill(failure(code)), OK],
      });
      const sent = send(2);
      for (const delay of [500, 1000, 2000, 4000, 5000, 5000]) {
        expect(timer.delays).toEqual([delay]);
        timer.advance(delay);
      }
      expect(await sent).toEqual(OK);
      expect([attempts.length, counts]).toEqual([7, ['exported 2']]);
    });

    it.each([
      [0, 400],
      [1, 600],
    ])('spreads the attempts of a fleet: a random %d waits %d ms', (random, delayMillis) => {
      const { send, timer } = setup({ answers: [failure(14)], random: () => random });
      void send(1);
      expect(timer.delays).toEqual([delayMillis]);
    });

    it('waits as long as the Collector asks', () => {
      const metadata = { get: () => [statusWithDelay(3, 0)] };
      const { send, timer } = setup({ answers: [failure(8, 'busy', { metadata })] });
      void send(1);
      expect(timer.delays).toEqual([3000]);
    });

    it('gives up when the next attempt would be too late', async () => {
      const { send, attempts, counts, timer } = setup({
        answers: Array<ExportResult>(20).fill(failure(14)),
        retryTimeMaxMillis: 10_000,
      });
      const sent = send(5);
      timer.advance(60_000);
      expect(await sent).toEqual(failure(14));
      // After 0, 0.5, 1.5, 3.5 and 7.5 s; the next would be at 12.5 s.
      expect([attempts.length, counts, timer.delays]).toEqual([5, ['dropped 5 export_failed'], []]);
    });

    it('holds no more spans than it may', async () => {
      const { send, counts, timer } = setup({
        answers: [failure(14), failure(14), failure(14), OK, OK],
        heldSpansMax: 10,
      });
      const held = [send(6), send(4)];
      expect(await send(1)).toEqual(failure(14));
      expect(counts).toEqual(['dropped 1 export_failed']);
      timer.advance(500);
      await Promise.all(held);
      expect(counts.slice(1).sort()).toEqual(['exported 4', 'exported 6']);
    });

    it('has room again after an outage', async () => {
      const { send, counts, timer } = setup({
        answers: [failure(14), OK, failure(14), OK],
        heldSpansMax: 10,
      });
      for (let outage = 0; outage < 2; outage++) {
        const sent = send(10);
        timer.advance(500);
        expect(await sent).toEqual(OK);
      }
      expect(counts).toEqual(['exported 10', 'exported 10']);
    });
  });

  describe('with an error that will not pass', () => {
    it.each([
      ['a code that is not retryable', failure(3)],
      ['no code', failure(undefined)],
      [
        'a message that is too large',
        failure(8, '8 RESOURCE_EXHAUSTED: Sent message larger than max (5000 vs. 4096)'),
      ],
      ['no error', { code: ExportResultCode.FAILED }],
    ])('drops the spans at once: %s', async (_, answer) => {
      const { send, attempts, counts } = setup({ answers: [answer] });
      expect(await send(2)).toEqual(answer);
      expect([attempts.length, counts]).toEqual([1, ['dropped 2 export_failed']]);
    });

    it('drops the spans when the exporter throws', async () => {
      const { send, counts } = setup({ answers: [new Error('broken')] });
      expect((await send(2)).error?.message).toBe('broken');
      expect(counts).toEqual(['dropped 2 export_failed']);
    });
  });

  describe('with an exporter that never answers', () => {
    it('tries again after a while, and ignores the answer that comes too late', async () => {
      const { send, attempts, callbacks, counts, timer } = setup({ attemptTimeoutMillis: 1000 });
      const sent = send(2);
      timer.advance(1500);
      expect(attempts.length).toBe(2);
      callbacks[0]?.(OK);
      expect(counts).toEqual([]);
      callbacks[1]?.(OK);
      callbacks[1]?.(OK);
      expect(await sent).toEqual(OK);
      expect(counts).toEqual(['exported 2']);
    });
  });

  describe('forceFlush()', () => {
    it('tries what waits at once, and resolves when it is delivered', async () => {
      const { exporter, send, attempts, counts } = setup({ answers: [failure(14), OK] });
      void send(2);
      await exporter.forceFlush();
      expect([attempts.length, counts]).toEqual([2, ['exported 2']]);
    });

    it('rejects with what the spans were dropped for', async () => {
      const { exporter, send } = setup({ answers: [failure(14), failure(3, 'refused')] });
      void send(2);
      await expect(exporter.forceFlush()).rejects.toMatchObject({
        code: 'ERR_FLUSH_FAILED',
        cause: { message: 'refused' },
      });
    });

    it('rejects at its deadline, and goes on trying', async () => {
      const { exporter, send, counts, timer } = setup({
        answers: [failure(14), failure(14), OK],
        flushTimeoutMillis: 200,
      });
      void send(2);
      const flushed = exporter.forceFlush();
      timer.advance(200);
      await expect(flushed).rejects.toMatchObject({ code: 'ERR_DEADLINE_EXCEEDED' });
      timer.advance(1000);
      expect(counts).toEqual(['exported 2']);
    });
  });

  describe('shutdown()', () => {
    it('gives what waits one last attempt', async () => {
      const { exporter, send, counts, shutdowns } = setup({ answers: [failure(14), OK] });
      void send(2);
      await exporter.shutdown();
      expect([counts, shutdowns()]).toEqual([['exported 2'], 1]);
    });

    it('drops what fails once more, says so, and closes the exporter all the same', async () => {
      const { exporter, send, counts, shutdowns } = setup({ answers: [failure(14), failure(14)] });
      const sent = send(2);
      await expect(exporter.shutdown()).rejects.toMatchObject({ code: 'ERR_FLUSH_FAILED' });
      expect(await sent).toEqual(failure(14));
      expect([counts, shutdowns()]).toEqual([['dropped 2 export_failed'], 1]);
    });

    it('waits for a hung Collector no longer than its deadline', async () => {
      const { exporter, send, callbacks, counts, shutdowns, timer } = setup({ shutdownTimeoutMillis: 100 });
      const sent = send(2);
      const stopped = exporter.shutdown();
      await Promise.resolve();
      timer.advance(100);
      await expect(stopped).rejects.toMatchObject({ code: 'ERR_DEADLINE_EXCEEDED' });
      expect((await sent).code).toBe(ExportResultCode.FAILED);
      callbacks[0]?.(OK);
      expect([counts, shutdowns()]).toEqual([['dropped 2 export_failed'], 1]);
    });

    it('waits for an exporter that does not close no longer than its deadline', async () => {
      const timer = createManualTimer();
      const inner: SpanExporter = { export: () => undefined, shutdown: () => new Promise(() => undefined) };
      const exporter = createRetryingSpanExporter(inner, { ...timer, shutdownTimeoutMillis: 100 });
      const stopped = exporter.shutdown();
      // Turns for the drain that has nothing to do.
      await new Promise(setImmediate);
      timer.advance(100);
      await expect(stopped).rejects.toMatchObject({ code: 'ERR_DEADLINE_EXCEEDED' });
    });

    it('is shared by all callers, and refuses spans from then on', async () => {
      const { exporter, send, attempts, counts, shutdowns } = setup();
      const first = exporter.shutdown();
      expect(exporter.shutdown()).toBe(first);
      expect((await send(4)).code).toBe(ExportResultCode.FAILED);
      await first;
      expect([attempts, counts, shutdowns()]).toEqual([[], ['dropped 4 after_shutdown'], 1]);
    });
  });

  describe('with the diagnostic log', () => {
    it('tells of an outage in one line for each thing that happened', async () => {
      const log = captureLog();
      const away = failure(14, '14 UNAVAILABLE: no connection');
      const { send, timer } = setup({
        answers: [away, away, away, failure(3, 'refused'), failure(3, 'refused'), OK, OK, away],
        retryTimeMaxMillis: 1000,
      });
      for (let batch = 0; batch < 5; batch++) {
        const sent = send(1);
        timer.advance(60_000);
        await sent;
      }
      void send(1);
      log.release();
      expect(log.lines).toEqual([
        'warn: spans cannot be exported (UNAVAILABLE: 14 UNAVAILABLE: no connection); trying again for up to 1 s',
        'error: spans were dropped (UNAVAILABLE: 14 UNAVAILABLE: no connection); further ones are only counted',
        'error: spans were dropped (code 3: refused); further ones are only counted',
        'info: spans are exported again',
        'warn: spans cannot be exported (UNAVAILABLE: 14 UNAVAILABLE: no connection); trying again for up to 1 s',
      ]);
    });
  });

  describe('over the real OTLP gRPC exporter', () => {
    it('understands the status and the delay that a Collector sends', async () => {
      const details = statusWithDelay(3, 0).toString('base64').replace(/=+$/, '');
      let requests = 0;
      const collector = createServer();
      collector.on('stream', (stream) => {
        stream.resume();
        if (++requests === 1) {
          const status = {
            'grpc-status': '14',
            'grpc-message': 'draining',
            'grpc-status-details-bin': details,
          };
          stream.respond(
            { ':status': 200, 'content-type': 'application/grpc', ...status },
            { endStream: true },
          );
          return;
        }
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
        stream.end(Buffer.alloc(5));
      });
      collector.listen(0, '127.0.0.1');
      await once(collector, 'listening');
      const timer = createManualTimer();
      const counts: number[] = [];
      let waits: (delayMillis: number) => void = () => undefined;
      const waiting = new Promise<number>((resolve) => {
        waits = resolve;
      });
      const url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
      const exporter = createRetryingSpanExporter(new OTLPTraceExporter({ url }), {
        onExported: (count) => counts.push(count),
        now: timer.now,
        setTimer(callback, delayMillis) {
          if (delayMillis < 30_000) waits(delayMillis);
          return timer.setTimer(callback, delayMillis);
        },
      });
      const sent = new Promise<ExportResult>((resolve) => exporter.export(createSpans(3), resolve));
      expect(await waiting).toBe(3000);
      timer.advance(3000);
      expect(await sent).toEqual(OK);
      expect([requests, counts]).toEqual([2, [3]]);
      await exporter.shutdown();
      collector.close();
      await once(collector, 'close');
    });
  });
});
