import { context, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import fc from 'fast-check';
import { type CachedAnswer, observeOperation } from '../../lib/index.js';
import { LazyPromise } from '../support/lazy-promise.js';
import { createObserveHarness } from '../support/observe-harness.js';

const limited = () => Object.assign(new Error('x'), { status: 429 });

function setUp() {
  const harness = createObserveHarness();
  const { recorder, deps, operation: observe } = harness;
  const start = (provider = 'openai', operation = 'chat') =>
    harness.start({ provider, model: 'm', operation });
  const request = <T>(fn: () => T): T => harness.request(fn, { provider: 'openai', model: 'm' });
  /** Calls a provider for some time; fails if told to. */
  const call = async (provider: string, ms: number, error?: Error) => {
    const request = start(provider);
    await Promise.resolve();
    recorder.advance(ms);
    if (error === undefined) request.end();
    else request.fail(error);
  };
  const recoveries = () => recorder.calls.filter(([name]) => name === 'retry' || name === 'failover');
  return { recorder, deps, observe, start, request, call, recoveries };
}

describe('observeOperation()', () => {
  beforeEach(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  });
  afterEach(() => {
    context.disable();
  });

  describe('with a function that returns', () => {
    it('hands on the value and records duration and overhead', () => {
      const { recorder, observe } = setUp();
      const value = {};
      const returned = observe(() => {
        recorder.advance(12);
        return value;
      });
      expect(returned).toBe(value);
      expect(recorder.calls).toEqual([['operation', 'success', 12, 12]]);
    });

    it('hands on the error and classifies it', () => {
      const { recorder, observe } = setUp();
      const error = limited();
      expect(() =>
        observe(() => {
          throw error;
        }),
      ).toThrow(error);
      expect(recorder.calls).toEqual([['operation', 'rate_limited', 0, 0]]);
    });

    it('fails of what its request failed of, where the same error ends both', async () => {
      const { recorder, observe, start } = setUp();
      const error = new TypeError('terminated');
      const failing = observe(async () => {
        start().fail(error, 'stream_interrupted');
        throw error;
      });
      await expect(failing).rejects.toBe(error);
      expect(recorder.calls.at(-1)).toEqual(['operation', 'stream_interrupted', 0, 0]);
    });

    it('hands on the same promise', async () => {
      const { recorder, observe } = setUp();
      const promise = Promise.resolve(1);
      const observed = observe(() => promise);
      expect(observed).toBe(promise);
      await observed;
      expect(recorder.calls).toEqual([['operation', 'success', 0, 0]]);
    });

    it('ends once, as it was told to', async () => {
      const { recorder, observe } = setUp();
      await observe(async (operation) => {
        operation.fail(new Error('x'), 'budget_exceeded');
        operation.end();
        expect(operation.ended).toBe(true);
      });
      expect(recorder.calls).toEqual([['operation', 'budget_exceeded', 0, 0]]);
    });
  });

  describe('with requests', () => {
    it('takes their time, overlaps once, from its own to find the overhead', async () => {
      const { recorder, observe, start } = setUp();
      await observe(async () => {
        recorder.advance(5);
        const first = start();
        recorder.advance(10);
        const second = start('anthropic');
        recorder.advance(10);
        first.end();
        recorder.advance(10);
        second.end();
        recorder.advance(3);
      });
      expect(recorder.callsOf('operation')).toEqual([['operation', 'success', 38, 8]]);
    });

    it('counts one that is still in flight up to its own end', () => {
      const { recorder, observe, start } = setUp();
      const request = observe(() => {
        recorder.advance(2);
        const left = start();
        recorder.advance(9);
        return left;
      });
      request.end();
      expect(recorder.callsOf('operation')).toEqual([['operation', 'success', 11, 2]]);
    });

    it('makes them its children, and itself theirs, across await', async () => {
      const { recorder, observe, call } = setUp();
      await observe(() => call('openai', 1), {
        name: 'POST /v1/chat/completions',
        attributes: { tenant: 'a' },
      });
      const [request, operation] = recorder.exporter.getFinishedSpans();
      expect([operation?.name, operation?.kind, operation?.attributes]).toEqual([
        'POST /v1/chat/completions',
        SpanKind.SERVER,
        { tenant: 'a', 'llm_edge.overhead_ms': 0, 'llm_edge.request_count': 1 },
      ]);
      expect(request?.parentSpanContext).toEqual(operation?.spanContext());
      expect(recorder.exemplars).toEqual([request?.spanContext().spanId, operation?.spanContext().spanId]);
    });

    it('makes them its children without a context manager, within run and before the first await', async () => {
      context.disable();
      const { recorder, observe, start } = setUp();
      await observe(async (operation) => {
        start().end();
        await Promise.resolve();
        operation.run(() => start()).end();
        start().end();
      });
      const spans = recorder.exporter.getFinishedSpans();
      const operation = spans.at(-1)?.spanContext();
      expect(spans.slice(0, 3).map((span) => span.parentSpanContext)).toEqual([
        operation,
        operation,
        undefined,
      ]);
    });

    it('counts those of an operation within it towards its own', async () => {
      const { recorder, observe, call } = setUp();
      await observe(async () => {
        recorder.advance(1);
        await observe(() => call('openai', 10));
        recorder.advance(1);
      });
      expect(recorder.callsOf('operation')).toEqual([
        ['operation', 'success', 10, 0],
        ['operation', 'success', 12, 2],
      ]);
    });

    it('does not confuse operations that run side by side', async () => {
      const { recorder, observe, call, recoveries } = setUp();
      await Promise.all([
        observe(() => call('a', 1, limited())),
        observe(() => call('b', 1)),
        observe(() => call('a', 1)),
      ]);
      expect([recoveries(), recorder.callsOf('operation').length]).toEqual([[], 3]);
    });
  });

  describe('with a request that follows a failed one', () => {
    it('records a retry at the same provider, by what had failed', async () => {
      const { observe, call, recoveries } = setUp();
      await observe(async () => {
        await call('openai', 1, limited());
        await call('openai', 1, new Error('x'));
        await call('openai', 1);
        await call('openai', 1);
      });
      expect(recoveries()).toEqual([
        ['retry', 'openai', 'm', 'rate_limited'],
        ['retry', 'openai', 'm', 'unknown'],
      ]);
    });

    it('records a failover to another provider, and blames the one that failed', async () => {
      const { recorder, observe, call, recoveries } = setUp();
      await observe(async () => {
        await call('openai', 1, limited());
        await call('anthropic', 1);
      });
      expect(recoveries()).toEqual([['failover', 'openai', 'anthropic', 'rate_limited']]);
      expect(recorder.callsOf('operation')).toEqual([['operation', 'success', 2, 0]]);
    });

    it('records nothing where it was hedged', async () => {
      const { observe, call, start, recoveries } = setUp();
      await observe(async () => {
        const first = start('openai');
        const hedge = start('anthropic');
        first.fail(limited());
        hedge.end();
        await call('openai', 1);
      });
      expect(recoveries()).toEqual([]);
    });

    it('records nothing for one that starts while another is in flight', () => {
      const { observe, start, recoveries } = setUp();
      observe(() => {
        const first = start('a');
        start('b');
        first.fail(limited());
        start('c');
      });
      expect(recoveries()).toEqual([]);
    });

    it('records one once all hedged requests have failed, after the last of them', () => {
      const { observe, start, recoveries } = setUp();
      observe(() => {
        const first = start('a');
        const hedge = start('b');
        first.fail(new Error('x'), 'timeout');
        hedge.fail(limited());
        start('c');
      });
      expect(recoveries()).toEqual([['failover', 'b', 'c', 'rate_limited']]);
    });

    it('forgets a hedged request that was cancelled after its rival had answered', () => {
      const { observe, start, recoveries } = setUp();
      observe(() => {
        const first = start('a');
        const hedge = start('b');
        hedge.end();
        first.fail(undefined, 'client_cancelled');
        start('a');
      });
      expect(recoveries()).toEqual([]);
    });

    it('keeps kinds of requests apart', () => {
      const { observe, start, recoveries } = setUp();
      observe(() => {
        start('a', 'embeddings').fail(new Error('x'), 'timeout');
        start('b', 'chat').end();
        start('a', 'embeddings');
      });
      expect(recoveries()).toEqual([['retry', 'a', 'm', 'timeout']]);
    });

    it('records nothing outside of an operation', async () => {
      const { call, recoveries } = setUp();
      await call('openai', 1, limited());
      await call('openai', 1);
      expect(recoveries()).toEqual([]);
    });
  });

  describe('with an active span', () => {
    it('is an internal child of one of this process', () => {
      const { recorder, observe } = setUp();
      const outer = recorder.tracer.startSpan('GET /');
      context.with(trace.setSpan(context.active(), outer), () => observe(() => undefined));
      const [span] = recorder.exporter.getFinishedSpans();
      expect([span?.kind, span?.parentSpanContext]).toEqual([SpanKind.INTERNAL, outer.spanContext()]);
    });

    it('is a server span below one of another process', () => {
      const { recorder, observe } = setUp();
      const remote = {
        traceId: '0af7651916cd43dd8448eb211c80319c',
        spanId: 'b7ad6b7169203331',
        traceFlags: TraceFlags.SAMPLED,
        isRemote: true,
      };
      context.with(trace.setSpanContext(context.active(), remote), () => observe(() => undefined));
      const [span] = recorder.exporter.getFinishedSpans();
      expect([span?.kind, span?.spanContext().traceId]).toEqual([SpanKind.SERVER, remote.traceId]);
    });

    it('tells the type of its error', () => {
      const { recorder, observe } = setUp();
      observe((operation) => operation.fail(limited()));
      const [span] = recorder.exporter.getFinishedSpans();
      expect([span?.status, span?.attributes['error.type']]).toEqual([
        { code: SpanStatusCode.ERROR, message: 'rate_limited' },
        'rate_limited',
      ]);
    });
  });

  describe('with a stream', () => {
    it('ends with it, after its requests', async () => {
      const { recorder, observe, request } = setUp();
      const stream = observe(() =>
        request(async function* () {
          recorder.advance(5);
          yield 1;
          recorder.advance(5);
        }),
      );
      for await (const _ of stream) expect(recorder.callsOf('operation')).toEqual([]);
      expect(recorder.calls.filter(([name]) => name !== 'usageMissing')).toEqual([
        ['request', 'openai', 'm', 'success', 10],
        ['operation', 'success', 10, 0],
      ]);
    });

    it('ends after its requests when it is left, too', async () => {
      const { recorder, observe, request } = setUp();
      const stream = observe(() =>
        request(async function* () {
          yield 1;
          yield 2;
        }),
      );
      for await (const _ of stream) break;
      expect(recorder.calls.map(([name]) => name)).toEqual(['request', 'operation']);
      expect(recorder.callsOf('operation')).toEqual([['operation', 'client_cancelled', 0, 0]]);
    });

    it('has the requests of a generator as its children', async () => {
      const { recorder, observe, call } = setUp();
      const stream = observe(async function* () {
        await call('openai', 1, limited());
        yield 1;
        await call('anthropic', 1);
        yield 2;
      });
      for await (const _ of stream);
      const spans = recorder.exporter.getFinishedSpans();
      const operation = spans.at(-1)?.spanContext();
      expect(spans.slice(0, -1).map((span) => span.parentSpanContext)).toEqual([operation, operation]);
      expect(recorder.callsOf('failover')).toEqual([['failover', 'openai', 'anthropic', 'rate_limited']]);
    });
  });

  describe('with a cache', () => {
    const answer: CachedAnswer = {
      provider: 'openai',
      model: 'm',
      usage: { inputTokens: 600, outputTokens: 400 },
    };

    it.each<[string, unknown, string]>([
      ['undefined', undefined, 'cacheMiss'],
      ['null', null, 'cacheMiss'],
      ['an empty string', '', 'cacheHit'],
      ['zero', 0, 'cacheHit'],
      ['an object', {}, 'cacheHit'],
    ])('takes %s for a miss or a hit, found now or later', async (_name, value, expected) => {
      const { recorder, observe } = setUp();
      await observe(async (operation) => {
        expect(operation.cacheLookup('L1', () => value)).toBe(value);
        const promise = Promise.resolve(value);
        expect(operation.cacheLookup('L2', () => promise)).toBe(promise);
        await promise;
      });
      expect(recorder.calls).toEqual([
        [expected, 'L1'],
        [expected, 'L2'],
        ['operation', 'success', 0, 0],
      ]);
    });

    it.each<[string, CachedAnswer | ((value: { id: string }) => CachedAnswer | undefined)]>([
      ['what it is told', answer],
      ['what the value says', ({ id }) => (id === 'hit' ? answer : undefined)],
    ])('records what a hit saved, by %s', async (_name, source) => {
      const { recorder, observe } = setUp();
      await observe(async (operation) => {
        await operation.cacheLookup('L2', async () => ({ id: 'hit' }), { answer: source });
        operation.cacheLookup('L2', (): { id: string } | undefined => undefined, { answer: source });
      });
      expect(recorder.callsOf('cacheSavings')).toEqual([['cacheSavings', 'L2', 0.001]]);
      expect(
        recorder.exporter.getFinishedSpans()[0]?.events.map(({ name, attributes }) => [name, attributes]),
      ).toEqual([
        [
          'llm_edge.cache_lookup',
          { 'llm_edge.cache.tier': 'L2', 'llm_edge.cache.hit': true, 'llm_edge.cache.saved_usd': 0.001 },
        ],
        ['llm_edge.cache_lookup', { 'llm_edge.cache.tier': 'L2', 'llm_edge.cache.hit': false }],
      ]);
    });

    it('saves what the answer cost, where the provider had said so', () => {
      const { recorder, observe } = setUp();
      observe((operation) =>
        operation.cacheLookup('L1', () => 1, { answer: { ...answer, reportedCostUsd: 0.25 } }),
      );
      expect(recorder.callsOf('cacheSavings')).toEqual([['cacheSavings', 'L1', 0.25]]);
    });

    it('saves nothing that is known for a model without a price, or a source that throws', () => {
      const { recorder, observe } = setUp();
      const broken = (): never => {
        throw new Error('x');
      };
      observe((operation) => {
        operation.cacheLookup('L1', () => 1, { answer: { ...answer, model: 'unpriced' } });
        operation.cacheLookup('L1', () => 1, { answer: broken });
      });
      expect(recorder.calls.map(([name]) => name)).toEqual(['cacheHit', 'cacheHit', 'drop', 'operation']);
    });

    it('hands on the error of a lookup, which is neither hit nor miss', async () => {
      const { recorder, observe } = setUp();
      const error = new Error('x');
      await observe(async (operation) => {
        await expect(operation.cacheLookup('L2', () => Promise.reject(error))).rejects.toBe(error);
        expect(() =>
          operation.cacheLookup('L2', () => {
            throw error;
          }),
        ).toThrow(error);
      });
      expect(recorder.calls).toEqual([['operation', 'success', 0, 0]]);
    });

    it('runs a lazy lookup once', async () => {
      const { recorder, observe } = setUp();
      const lazy = new LazyPromise(async () => 'found');
      expect(await observe(async (operation) => await operation.cacheLookup('L3', () => lazy))).toBe('found');
      expect([lazy.runs, recorder.callsOf('cacheHit')]).toEqual([1, [['cacheHit', 'L3']]]);
    });
  });

  describe('with an operation that nobody ends', () => {
    it.each<['collected' | 'deadline', string, number]>([
      ['collected', 'client_cancelled', 0],
      ['deadline', 'timeout', 70],
    ])('ends a %s one as %s', (reason, outcome, durationMs) => {
      const { recorder, deps, observe } = setUp();
      void observe(() => new Promise(() => undefined), { maxDurationMs: 70 });
      recorder.advance(70);
      deps.tracker.abandonAll(reason);
      expect([deps.tracker.deadlinesMs, recorder.calls]).toEqual([
        [70],
        [['operation', outcome, durationMs, durationMs]],
      ]);
    });
  });

  describe('with telemetry or options that are broken', () => {
    it('still runs the function', () => {
      const recordOperation = (): never => {
        throw new Error('x');
      };
      const broken = createObserveHarness({ broken: { recordOperation } });
      expect(broken.operation(() => 1)).toBe(1);
      expect(broken.recorder.calls).toEqual([['drop', 'internal_error', 'operation']]);
      const { recorder, operation } = createObserveHarness();
      expect(operation((handle) => handle.cacheLookup('L1', () => 2), null as never)).toBe(2);
      expect(recorder.callsOf('drop')).toEqual([['drop', 'invalid_value', 'startOperation']]);
    });
  });

  describe('before initMonitoring', () => {
    it('only calls the function', () => {
      const returned = observeOperation({}, (operation) => {
        operation.end();
        return [operation.ended, operation.cacheLookup('L1', () => 1), operation.run(() => 2)];
      });
      expect(returned).toEqual([true, 1, 2]);
    });
  });

  it('finds the overhead of any set of requests', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 9 }) }),
      fc.record({ kind: fc.constant('start' as const) }),
      fc.record({ kind: fc.constant('end' as const), index: fc.nat(5), fails: fc.boolean() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { recorder, observe, start } = setUp();
        let idleMs = 0;
        let totalMs = 0;
        await observe(async () => {
          const requests: ReturnType<typeof start>[] = [];
          for (const one of steps) {
            if (one.kind === 'start') requests.push(start());
            else if (one.kind === 'advance') {
              recorder.advance(one.ms);
              totalMs += one.ms;
              if (requests.every(({ ended }) => ended)) idleMs += one.ms;
            } else if (one.fails) requests[one.index]?.fail(limited());
            else requests[one.index]?.end();
          }
        });
        expect(recorder.callsOf('operation')).toEqual([['operation', 'success', totalMs, idleMs]]);
      }),
    );
  });
});
