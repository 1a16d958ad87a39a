import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { observeRequest } from '../../lib/index.js';
import { LazyPromise } from '../support/lazy-promise.js';
import { createObserveHarness, GPT } from '../support/observe-harness.js';

function setUp() {
  const { recorder, request: observe } = createObserveHarness();
  /** The outcomes so far, and what the gauge stands at. */
  const state = () => [...recorder.callsOf('request').map((call) => call[3]), recorder.active];
  return { recorder, observe, state };
}

describe('observeRequest()', () => {
  beforeAll(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  });
  afterAll(() => {
    context.disable();
  });

  describe('with a function that returns', () => {
    it('hands on the value and ends with it', () => {
      const { observe, state } = setUp();
      const value = { answer: 42 };
      expect(observe(() => value)).toBe(value);
      expect(state()).toEqual(['success', 0]);
    });

    it('hands on the error and ends with it', () => {
      const { observe, state } = setUp();
      const error = Object.assign(new Error('x'), { status: 429 });
      expect(() =>
        observe(() => {
          throw error;
        }),
      ).toThrow(error);
      expect(state()).toEqual(['rate_limited', 0]);
    });

    it('lets the function end the request by itself', () => {
      const { observe, state } = setUp();
      observe((request) => request.fail(new Error('x'), 'content_filter'));
      expect(state()).toEqual(['content_filter', 0]);
    });

    it('survives a value whose every property throws', () => {
      const { observe, state } = setUp();
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      expect(observe(() => proxy)).toBe(proxy);
      expect(state()).toEqual(['success', 0]);
    });

    it('runs the function with the span active, across await', async () => {
      const { observe } = setUp();
      const spans = await observe(async (request) => {
        await Promise.resolve();
        return [trace.getActiveSpan(), request.span];
      });
      expect(spans[0]).toBe(spans[1]);
    });
  });

  describe('with a native promise', () => {
    it('hands on the same promise and ends when it settles', async () => {
      const { recorder, observe, state } = setUp();
      const { promise, resolve } = withResolvers<string>();
      const observed = observe(() => promise);
      expect(observed).toBe(promise);
      expect(state()).toEqual([1]);
      recorder.advance(30);
      resolve('done');
      expect(await observed).toBe('done');
      expect(recorder.callsOf('request')).toEqual([['request', 'openai', 'gpt-4o', 'success', 30]]);
    });

    it('hands on the same error', async () => {
      const { observe, state } = setUp();
      const error = Object.assign(new Error('x'), { code: 'ECONNRESET' });
      await expect(observe(() => Promise.reject(error))).rejects.toBe(error);
      expect(state()).toEqual(['network', 0]);
    });
  });

  describe('with a promise that is lazy', () => {
    it.each<[string, (lazy: LazyPromise<string>) => PromiseLike<unknown>, unknown]>([
      ['await', async (lazy) => await lazy, 'done'],
      ['then', (lazy) => lazy.then((value) => `${value}!`), 'done!'],
      ['then without a function', (lazy) => lazy.then(), 'done'],
      ['catch', (lazy) => lazy.catch(() => 'caught'), 'done'],
      ['finally', (lazy) => lazy.finally(() => undefined), 'done'],
      ['Promise.all', (lazy) => Promise.all([lazy]), ['done']],
    ])('is consumed once, by its consumer, through %s', async (_name, consume, expected) => {
      const { observe, state } = setUp();
      const lazy = new LazyPromise(async () => 'done');
      const observed = observe(() => lazy);
      expect(observed).toBe(lazy);
      await Promise.resolve();
      expect([lazy.runs, ...state()]).toEqual([0, 1]);
      expect(await consume(observed)).toEqual(expected);
      expect([lazy.runs, ...state()]).toEqual([1, 'success', 0]);
    });

    it.each<[string, (lazy: LazyPromise<string>) => PromiseLike<unknown>, unknown]>([
      ['await', async (lazy) => await lazy, 'thrown'],
      ['then', (lazy) => lazy.then(undefined, () => 'handled'), 'handled'],
      ['catch', (lazy) => lazy.catch(() => 'caught'), 'caught'],
      ['finally', (lazy) => lazy.finally(() => undefined), 'thrown'],
    ])('fails once through %s', async (_name, consume, expected) => {
      const { observe, state } = setUp();
      const error = Object.assign(new Error('x'), { status: 500 });
      const lazy = new LazyPromise<string>(() => Promise.reject(error));
      const outcome = await Promise.resolve(consume(observe(() => lazy))).catch((thrown) => {
        expect(thrown).toBe(error);
        return 'thrown';
      });
      expect([outcome, lazy.runs, ...state()]).toEqual([expected, 1, 'server_error', 0]);
    });

    it('is asked at once if it takes no property', async () => {
      const { observe, state } = setUp();
      const lazy = Object.freeze({ ...new LazyPromise(async () => 1), ...thenOf(Promise.resolve(1)) });
      expect(observe(() => lazy)).toBe(lazy);
      await Promise.resolve();
      expect(state()).toEqual(['success', 0]);
    });
  });

  describe('with a Response', () => {
    it('takes one that is not ok for a failure', async () => {
      const { recorder, observe, state } = setUp();
      const response = new Response('{}', { status: 429 });
      expect(await observe(async () => response)).toBe(response);
      expect(state()).toEqual(['rate_limited', 0]);
      expect(recorder.exporter.getFinishedSpans().map((span) => span.events)).toEqual([[]]);
    });

    it('ends with the body of an ordinary one', async () => {
      const { observe, state } = setUp();
      const response = observe(
        () => new Response('{"a":1}', { headers: { 'content-type': 'application/json' } }),
      );
      expect(state()).toEqual([1]);
      expect(await response.json()).toEqual({ a: 1 });
      expect(state()).toEqual(['success', 0]);
    });

    it('ends with the body of one that carries events', async () => {
      const { observe, state } = setUp();
      const response = observe(
        () =>
          new Response('data: 1\n\n', { headers: { 'content-type': 'text/event-stream; charset=utf-8' } }),
      );
      expect(state()).toEqual([1]);
      expect(await response.text()).toBe('data: 1\n\n');
      expect(state()).toEqual(['success', 0]);
    });
  });

  describe('before initMonitoring', () => {
    it('only calls the function', () => {
      const promise = new LazyPromise(async () => 1);
      const returned = observeRequest(GPT, (request) => {
        request.setUsage({ inputTokens: 1, outputTokens: 1 });
        return promise;
      });
      expect(returned).toBe(promise);
      expect(Object.hasOwn(promise, 'then')).toBe(false);
    });
  });
});

function withResolvers<T>() {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function thenOf<T>(promise: Promise<T>) {
  // biome-ignore lint/suspicious/noThenProperty: a thenable with a method of its own is what is wanted.
  return { then: promise.then.bind(promise) };
}
