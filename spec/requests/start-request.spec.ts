import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { type RequestOptions, startRequest } from '../../lib/index.js';
import { createObserveHarness, GPT, NOOP_RECORDER } from '../support/observe-harness.js';

describe('startRequest()', () => {
  describe('with a request that succeeds', () => {
    it('records outcome, duration, tokens and cost once', () => {
      const { recorder, start } = createObserveHarness();
      const request = start();
      expect(recorder.active).toBe(1);
      recorder.advance(250);
      request.setUsage({ inputTokens: 1_000, outputTokens: 500, cacheReadTokens: 200 });
      request.end();
      request.end();
      request.fail(new Error('late'));
      expect(recorder.active).toBe(0);
      expect(recorder.calls).toEqual([
        ['request', 'openai', 'gpt-4o', 'success', 250],
        [
          'tokenUsage',
          'openai',
          'gpt-4o',
          1_000,
          500,
          { inputTokens: 1_000, outputTokens: 500, cacheReadTokens: 200 },
        ],
        ['cost', 'openai', 'gpt-4o', 0.0015],
      ]);
      expect(recorder.exemplars).toEqual([request.span.spanContext().spanId]);
    });

    it('counts an answer without usage, where its operation is billed by usage', () => {
      const { recorder, start } = createObserveHarness();
      start().end();
      start({ ...GPT, operation: 'embeddings' }).end();
      start({ ...GPT, operation: 'image_generation' }).end();
      start({ ...GPT, operation: 'count_tokens' }).end();
      expect(recorder.callsOf('usageMissing')).toHaveLength(3);
    });

    it('keeps a cost that the provider reported without usage', () => {
      const { recorder, start } = createObserveHarness();
      const request = start({ ...GPT, operation: 'image_generation' });
      request.setResponse({ costUsd: 0.04 });
      request.end();
      expect(recorder.calls).toEqual([
        ['request', 'openai', 'gpt-4o', 'success', 0],
        ['usageMissing', 'openai', 'gpt-4o', 'not_reported'],
        ['cost', 'openai', 'gpt-4o', 0.04],
      ]);
    });

    it('counts a price that is not known, and never as zero', () => {
      const { recorder, start } = createObserveHarness();
      const request = start({ provider: 'openai', model: 'unpriced' });
      request.setUsage({ inputTokens: 1, outputTokens: 1 });
      request.end();
      expect(recorder.callsOf('unpriced')).toEqual([['unpriced', 'openai', 'unpriced', 'unknown_unit']]);
      expect(recorder.callsOf('cost')).toEqual([]);
    });

    it('asks for the price once, with the model that answered', () => {
      const asked: unknown[] = [];
      const { recorder, start } = createObserveHarness({
        price: (provider, model, _usage, context) => {
          asked.push([provider, model, context?.answeredModel]);
          return undefined;
        },
      });
      for (const answered of ['gpt-4o-2024-08-06', undefined]) {
        const request = start();
        request.setUsage({ inputTokens: 1, outputTokens: 1 });
        request.setResponse({ model: answered });
        request.end();
      }
      expect(asked).toEqual([
        ['openai', 'gpt-4o', 'gpt-4o-2024-08-06'],
        ['openai', 'gpt-4o', undefined],
      ]);
      expect(recorder.callsOf('unpriced')).toHaveLength(2);
    });

    it('hands service tier and reported cost to the price', () => {
      const contexts: unknown[] = [];
      const { start } = createObserveHarness({
        price: (_provider, _model, _usage, options) => {
          contexts.push(options);
          return undefined;
        },
      });
      const request = start();
      request.setUsage({ inputTokens: 1, outputTokens: 1 });
      request.setResponse({ serviceTier: 'flex' });
      request.setResponse({ costUsd: 0.5, serviceTier: undefined });
      request.end();
      expect(contexts).toEqual([{ serviceTier: 'flex', reportedCostUsd: 0.5 }]);
    });
  });

  describe('with a stream', () => {
    it('records the first token once, and the time per token after it', () => {
      const { recorder, start } = createObserveHarness();
      const request = start({ ...GPT, streaming: true });
      recorder.advance(100);
      request.firstToken();
      recorder.advance(900);
      request.firstToken();
      request.setUsage({ inputTokens: 1, outputTokens: 10 });
      request.setUsage({ inputTokens: 1, outputTokens: 91 });
      request.end();
      expect(recorder.callsOf('timeToFirstToken')).toEqual([['timeToFirstToken', 'openai', 'gpt-4o', 100]]);
      expect(recorder.callsOf('timePerOutputToken')).toEqual([
        ['timePerOutputToken', 'openai', 'gpt-4o', 10],
      ]);
      expect(recorder.callsOf('tokenUsage').map((call) => call[4])).toEqual([91]);
    });

    it.each([0, 1])('has no time per token with %d output tokens', (outputTokens) => {
      const { recorder, start } = createObserveHarness();
      const request = start();
      request.firstToken();
      request.setUsage({ inputTokens: 1, outputTokens });
      request.end();
      expect(recorder.callsOf('timePerOutputToken')).toEqual([]);
    });

    it('keeps usage and cost of one that was interrupted, but knows nothing of its pace', () => {
      const { recorder, start } = createObserveHarness();
      const request = start();
      request.firstToken();
      request.setUsage({ inputTokens: 10, outputTokens: 5 });
      request.fail(new Error('x'), 'stream_interrupted');
      expect(recorder.calls.map(([name]) => name)).toEqual([
        'timeToFirstToken',
        'request',
        'tokenUsage',
        'cost',
      ]);
      expect(recorder.callsOf('request')).toEqual([['request', 'openai', 'gpt-4o', 'stream_interrupted', 0]]);
    });
  });

  describe('with a request that fails', () => {
    it('classifies the cause, and counts no missing usage', () => {
      const { recorder, start } = createObserveHarness();
      start().fail(Object.assign(new Error('x'), { status: 429 }));
      start().fail(Object.assign(new Error('x'), { status: 429 }), 'circuit_open');
      start().fail(new Error('x'), 'no such type' as 'unknown');
      expect(recorder.calls.map(([, , , outcome]) => outcome)).toEqual([
        'rate_limited',
        'circuit_open',
        'unknown',
      ]);
    });
  });

  describe('with its span', () => {
    it('sets what samplers decide on at the start, and the rest at the end', () => {
      const { recorder, start } = createObserveHarness();
      const request = start({
        ...GPT,
        provider: 'azure',
        streaming: true,
        serverAddress: 'x.openai.azure.com',
        serverPort: 443,
        attributes: { tenant: 'a', 'gen_ai.operation.name': 'not this' },
      });
      const atStart = {
        tenant: 'a',
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'azure.ai.openai',
        'gen_ai.request.model': 'gpt-4o',
        'gen_ai.request.stream': true,
        'server.address': 'x.openai.azure.com',
        'server.port': 443,
      };
      expect((request.span as unknown as { attributes: object }).attributes).toEqual(atStart);
      recorder.advance(7);
      request.firstToken();
      request.setResponse({ id: 'chatcmpl-1', model: 'gpt-4o-2024-08-06' });
      request.setResponse({ finishReasons: ['stop'] });
      request.setUsage({
        inputTokens: 9,
        outputTokens: 5,
        cacheReadTokens: 4,
        cacheWriteTokens: 3,
        reasoningTokens: 2,
      });
      request.end();
      const [span] = recorder.exporter.getFinishedSpans();
      expect({
        name: span?.name,
        kind: span?.kind,
        status: span?.status,
        attributes: span?.attributes,
      }).toEqual({
        name: 'chat gpt-4o',
        kind: SpanKind.CLIENT,
        status: { code: SpanStatusCode.UNSET },
        attributes: {
          ...atStart,
          'gen_ai.response.id': 'chatcmpl-1',
          'gen_ai.response.model': 'gpt-4o-2024-08-06',
          'gen_ai.response.finish_reasons': ['stop'],
          'gen_ai.usage.input_tokens': 9,
          'gen_ai.usage.output_tokens': 5,
          'gen_ai.usage.cache_read.input_tokens': 4,
          'gen_ai.usage.cache_creation.input_tokens': 3,
          'gen_ai.usage.reasoning.output_tokens': 2,
          'gen_ai.usage.cost': 14e-6,
          'gen_ai.response.time_to_first_chunk': 0.007,
          'llm_edge.time_to_first_token_ms': 7,
        },
      });
    });

    it('tells the type of an error and none of its words', () => {
      const { recorder, start } = createObserveHarness();
      const secret = 'Incorrect API key provided: sk-proj-123';
      start().fail(Object.assign(new Error(secret), { name: 'AuthenticationError', status: 401 }));
      start().fail(Object.assign(new Error(secret), { name: secret, status: 401 }));
      const spans = recorder.exporter.getFinishedSpans();
      expect(
        spans.map((span) => [
          span.status,
          span.attributes['error.type'],
          span.events.map((e) => e.attributes),
        ]),
      ).toEqual([
        [
          { code: SpanStatusCode.ERROR, message: 'auth' },
          'auth',
          [{ 'exception.type': 'AuthenticationError' }],
        ],
        [{ code: SpanStatusCode.ERROR, message: 'auth' }, 'auth', []],
      ]);
      const told = spans.map(({ name, attributes, events, status }) => ({
        name,
        attributes,
        events,
        status,
      }));
      expect(JSON.stringify(told)).not.toContain('sk-proj');
    });

    it('is the parent of what runs within it, and the request can be found there', () => {
      context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
      try {
        const { start, activeSpan } = createObserveHarness();
        const request = start();
        const seen = request.run(() => {
          const inner = start();
          return {
            span: trace.getActiveSpan() === request.span,
            inner,
            active: activeSpan() === request.span,
          };
        });
        expect([seen.span, seen.active, activeSpan()]).toEqual([true, true, undefined]);
        expect((seen.inner.span as unknown as { parentSpanContext: object }).parentSpanContext).toEqual(
          request.span.spanContext(),
        );
        request.end();
        expect(request.run(() => activeSpan())).toBeUndefined();
      } finally {
        context.disable();
      }
    });

    it('is the parent without a context manager, too, until the first await', () => {
      const { start } = createObserveHarness();
      const request = start();
      const inner = request.run(() => start());
      const outside = start();
      expect((inner.span as unknown as { parentSpanContext?: object }).parentSpanContext).toEqual(
        request.span.spanContext(),
      );
      expect((outside.span as unknown as { parentSpanContext?: object }).parentSpanContext).toBeUndefined();
      expect(context.active()).toBe(ROOT_CONTEXT);
    });
  });

  describe('with a request that nobody ends', () => {
    it('ends a collected one as cancelled, at the time it was last used', () => {
      const { recorder, deps, start } = createObserveHarness();
      const request = start();
      recorder.advance(40);
      request.setUsage({ inputTokens: 1, outputTokens: 1 });
      recorder.advance(60_000);
      deps.tracker.abandonAll('collected');
      deps.tracker.abandonAll('deadline');
      request.end();
      expect(recorder.calls.map(([name]) => name)).toEqual(['request', 'tokenUsage', 'cost']);
      expect(recorder.callsOf('request')).toEqual([['request', 'openai', 'gpt-4o', 'client_cancelled', 40]]);
      expect(recorder.active).toBe(0);
    });

    it('ends one past its deadline as a timeout, with all of its time', () => {
      const { recorder, deps, start } = createObserveHarness();
      start({ ...GPT, maxDurationMs: 5_000 });
      start();
      expect(deps.tracker.deadlinesMs).toEqual([5_000, undefined]);
      recorder.advance(5_000);
      deps.tracker.abandonAll('deadline');
      expect(recorder.callsOf('request').map((call) => call.slice(3))).toEqual([
        ['timeout', 5_000],
        ['timeout', 5_000],
      ]);
    });

    it('is not watched after its end', () => {
      const { deps, start } = createObserveHarness();
      start().end();
      expect(deps.tracker.inFlight).toBe(0);
    });
  });

  describe('with telemetry that breaks', () => {
    it('records what it can when span processor and price throw', () => {
      const broken: SpanProcessor = {
        onStart: () => undefined,
        onEnd: () => {
          throw new Error('onEnd');
        },
        forceFlush: () => Promise.resolve(),
        shutdown: () => Promise.resolve(),
      };
      const tracer = new TracerProvider({ spanProcessors: [broken] }).getTracer('spec');
      const price = (): never => {
        throw new Error('price');
      };
      const { recorder, start } = createObserveHarness({ price, broken: { tracer } });
      const request = start();
      request.setUsage({ inputTokens: 1, outputTokens: 1 });
      request.end();
      expect(recorder.calls).toEqual([
        ['request', 'openai', 'gpt-4o', 'success', 0],
        ['tokenUsage', 'openai', 'gpt-4o', 1, 1, { inputTokens: 1, outputTokens: 1 }],
        ['drop', 'internal_error', 'request'],
        ['drop', 'internal_error', 'request'],
      ]);
    });

    it('records without a span when the span cannot be started', () => {
      const tracer = {
        ...NOOP_RECORDER.tracer,
        startSpan: () => {
          throw new Error('startSpan');
        },
      };
      const { recorder, start } = createObserveHarness({ broken: { tracer } });
      start().end();
      expect(recorder.callsOf('request')).toHaveLength(1);
    });

    it('throws nothing when every method of the recorder throws', () => {
      const fail = (): never => {
        throw new Error('recorder');
      };
      const methods = Object.entries(createObserveHarness().recorder).filter(
        ([, member]) => typeof member === 'function',
      );
      const { start } = createObserveHarness({
        broken: { ...Object.fromEntries(methods.map(([name]) => [name, fail])), now: () => 0 },
      });
      const request = start();
      request.firstToken();
      request.setUsage({ inputTokens: 1, outputTokens: 1 });
      request.fail(new Error('x'));
      expect(request.run(() => 'ran')).toBe('ran');
    });

    it.each<[string, unknown]>([
      ['nothing', undefined],
      ['null', null],
      ['a model that is a symbol', { provider: 'openai', model: Symbol('x') }],
      [
        'a getter that throws',
        {
          get provider(): string {
            throw new Error('no');
          },
        },
      ],
    ])('takes %s for options', (_name, options) => {
      const { recorder, start } = createObserveHarness();
      const request = start(options as RequestOptions);
      request.firstToken();
      request.setUsage(undefined as never);
      request.setResponse(null as never);
      request.end();
      expect([request.ended, recorder.active, request.run(() => 1)]).toEqual([true, 0, 1]);
    });
  });

  describe('before initMonitoring', () => {
    it('keeps the contract and does nothing', () => {
      const request = startRequest(GPT);
      request.firstToken();
      request.setUsage({ inputTokens: 1, outputTokens: 1 });
      request.setResponse({ id: 'x' });
      const before = request.ended;
      request.end();
      expect([request.provider, request.model, before, request.ended, request.run(() => 1)]).toEqual([
        'openai',
        'gpt-4o',
        false,
        true,
        1,
      ]);
      expect(request.span.isRecording()).toBe(false);
    });
  });
});
