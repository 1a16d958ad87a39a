import { trace } from '@opentelemetry/api';
import type { ExportResult } from '@opentelemetry/core';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import fc from 'fast-check';
import { initMonitoring } from '../../lib/index.js';
import { statusWithDelay } from '../support/grpc-status.js';
import { type OtlpFault, startOtlpReceiver } from '../support/otlp-receiver.js';
import { scrape } from '../support/scrape.js';
import { createSpanQueueHarness, failure, OK, type SpanQueueHarness } from '../support/span-queue.js';

const EXPORT_TIMEOUT_MILLIS = 10_000;
const TIMEOUT_MILLIS = 5000;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What the exporter does with one export. */
type Fault =
  | { readonly kind: 'accept' | 'accept twice' | 'never' | 'throw' | 'accept and throw' | 'no result' }
  | { readonly kind: 'accept late'; readonly afterMillis: number }
  | { readonly kind: 'refuse'; readonly code: number; readonly delaySeconds?: number | undefined }
  | { readonly kind: 'refuse late'; readonly code: number; readonly afterMillis: number };

type Step =
  | { readonly kind: 'end'; readonly count: number }
  | { readonly kind: 'advance'; readonly millis: number }
  | { readonly kind: 'flush' };

const code = fc.integer({ min: 1, max: 16 });
const afterMillis = fc.integer({ min: 1, max: 1.5 * EXPORT_TIMEOUT_MILLIS });
const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Fault>({ kind: 'accept' }) },
  fc.record({
    kind: fc.constantFrom('accept twice', 'never', 'throw', 'accept and throw', 'no result'),
  }) as fc.Arbitrary<Fault>,
  fc.record({ kind: fc.constant('accept late' as const), afterMillis }),
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('refuse' as const),
      code,
      delaySeconds: fc.option(fc.nat(90), { nil: undefined }),
    }),
  },
  fc.record({ kind: fc.constant('refuse late' as const), code, afterMillis }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('end' as const), count: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ kind: fc.constant('advance' as const), millis: fc.nat(20_000) }),
  fc.record({ kind: fc.constant('flush' as const) }),
);
const run = fc.record({
  faults: fc.array(fault, { maxLength: 40 }),
  steps: fc.array(step, { minLength: 1, maxLength: 15 }),
  /** The Collector takes no message of more spans than this. */
  spansMax: fc.integer({ min: 0, max: 12 }),
  maxQueueSize: fc.integer({ min: 10, max: 60 }),
  stopTimeoutMillis: fc.integer({ min: 1, max: TIMEOUT_MILLIS }),
  endsWhileStopping: fc.nat(5),
});

/** A Collector that follows a script of faults, then accepts, and remembers what it was sent. */
function createFaultyCollector(faults: readonly Fault[], spansMax: number, now: () => number) {
  const script = [...faults];
  const accepted = { surely: new Map<string, number>(), perhaps: new Set<string>() };
  const open = new Map<object, number>();
  let mostAtOnce = 0;
  const accept = (spans: readonly ReadableSpan[]): void => {
    for (const { name } of spans) accepted.surely.set(name, (accepted.surely.get(name) ?? 0) + 1);
  };
  return {
    accepted,
    mostAtOnce: () => mostAtOnce,
    export(
      spans: ReadableSpan[],
      callback: (result: ExportResult) => void,
      setTimer: SpanQueueHarness['timer']['setTimer'],
    ): void {
      const attempt = {};
      open.set(attempt, now());
      const answer = (result: ExportResult): void => {
        open.delete(attempt);
        callback(result);
      };
      // An attempt that has timed out is abandoned, and does not count as one at work.
      const atWork = [...open.values()].filter((startedAt) => now() - startedAt < EXPORT_TIMEOUT_MILLIS);
      mostAtOnce = Math.max(mostAtOnce, atWork.length);
      if (spans.length > spansMax && spansMax > 0) {
        answer(failure(8, 'received message larger than max'));
        return;
      }
      const next = script.shift() ?? { kind: 'accept' };
      switch (next.kind) {
        case 'accept':
        case 'accept twice':
        case 'accept and throw':
          accept(spans);
          answer(OK);
          if (next.kind === 'accept twice') callback(OK);
          if (next.kind === 'accept and throw') throw new Error('after the answer');
          return;
        case 'accept late':
          // Whether this is in time is for the queue to say.
          for (const { name } of spans) accepted.perhaps.add(name);
          setTimer(() => answer(OK), next.afterMillis);
          return;
        case 'refuse': {
          const details = next.delaySeconds === undefined ? [] : [statusWithDelay(next.delaySeconds, 0)];
          answer(failure(next.code, 'refused', { metadata: { get: () => details } }));
          return;
        }
        case 'refuse late':
          setTimer(() => answer(failure(next.code)), next.afterMillis);
          return;
        case 'throw':
          open.delete(attempt);
          throw new Error('broken');
        case 'no result':
          answer(undefined as unknown as ExportResult);
          return;
        case 'never':
      }
    },
  };
}

describe('the span queue under random faults', () => {
  it('counts every span exactly once, as exported or as dropped', async () => {
    await fc.assert(
      fc.asyncProperty(run, async ({ faults, steps, spansMax, maxQueueSize, ...stop }) => {
        const collector = createFaultyCollector(faults, spansMax, () => queue.timer.now());
        const queue: SpanQueueHarness = createSpanQueueHarness({
          answers: (spans, callback) => collector.export(spans, callback, queue.timer.setTimer),
          maxQueueSize,
          maxExportBatchSize: 10,
          exportTimeoutMillis: EXPORT_TIMEOUT_MILLIS,
          timeoutMillis: TIMEOUT_MILLIS,
        });
        let ended = 0;
        for (const next of steps) {
          if (next.kind === 'end') {
            queue.end(next.count);
            ended += next.count;
          } else if (next.kind === 'advance') queue.timer.advance(next.millis);
          else queue.flush().catch(() => undefined);
          await turn();
        }
        const stopped = queue.shutdown(stop.stopTimeoutMillis).catch(() => undefined);
        queue.end(stop.endsWhileStopping);
        ended += stop.endsWhileStopping;
        for (let part = 0; part < 12; part++) {
          await turn();
          queue.timer.advance(stop.stopTimeoutMillis / 10);
        }
        await stopped;
        // Answers that come after everything change nothing.
        const { exported = 0, ...dropped } = { ...queue.counts };
        queue.timer.advance(100_000);
        for (const callback of queue.callbacks) callback(OK);
        await turn();
        expect({ ...queue.counts, exported: queue.counts['exported'] ?? 0 }).toEqual({
          ...dropped,
          exported,
        });

        const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
        expect(exported + lost).toBe(ended);
        expect(dropped['after_shutdown'] ?? 0).toBe(stop.endsWhileStopping);
        const { surely, perhaps } = collector.accepted;
        expect(exported).toBeGreaterThanOrEqual(surely.size);
        expect(exported).toBeLessThanOrEqual(new Set([...surely.keys(), ...perhaps]).size);
        // What was accepted in time is not sent again.
        expect([...surely.values()].filter((times) => times > 1)).toEqual([]);
        expect(collector.mostAtOnce()).toBeLessThanOrEqual(1);
        expect(Math.max(0, ...queue.attempts)).toBeLessThanOrEqual(10);
        expect(queue.shutdowns()).toBe(1);
      }),
      { numRuns: 500 },
    );
  });

  it('counts what a real receiver has and has not got', async () => {
    const soon = statusWithDelay(0, 1_000_000);
    const faults: (OtlpFault | undefined)[] = [
      { code: 14, message: 'draining', details: soon },
      { code: 8, message: 'slow down', details: soon },
      undefined,
      { code: 3, message: 'not like this' },
      { code: 8, message: 'no time to come back' },
      { code: 4, details: soon },
    ];
    const receiver = await startOtlpReceiver(({ signal, spanNames }) => {
      if (signal === 'metrics') return undefined;
      if (spanNames.length > 16) return { code: 8, message: 'grpc: received message larger than max' };
      return faults.shift();
    });
    const monitoring = await initMonitoring({
      metrics: { port: 0 },
      traces: { endpoint: receiver.endpoint, batch: { maxExportBatchSize: 32, maxQueueSize: 500 } },
      shutdownTimeoutMillis: 60_000,
    });
    const tracer = trace.getTracer('spec');
    for (let index = 0; index < 600; index++) tracer.startSpan(`span ${index}`).end();
    await expect(monitoring.forceFlush()).rejects.toThrow(/not like this|no time to come back/);
    tracer.startSpan('the last one').end();
    await monitoring.forceFlush();
    const samples = await scrape(monitoring.metricsUrl);
    await monitoring.shutdown();
    await receiver.close();
    const dropped = (reason: string) =>
      samples[`llm_edge_monitoring_spans_dropped_total{reason="${reason}"}`];
    expect(faults).toEqual([]);
    expect(new Set(receiver.spanNames).size).toBe(receiver.spanNames.length);
    expect(samples['llm_edge_monitoring_spans_exported_total']).toBe(receiver.spanNames.length);
    // The first batch has left the queue when the rest arrives; two batches of 16 were refused for good.
    expect([dropped('queue_full'), dropped('export_failed')]).toEqual([600 - 32 - 500, 32]);
    expect(receiver.spanNames.length).toBe(600 - 68 - 32 + 1);
  });
});
