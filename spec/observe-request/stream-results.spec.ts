import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import fc from 'fast-check';
import { Stream } from 'openai/core/streaming';
import { type RequestHandle, createObservedResults as setUp } from '../support/observed-results.js';

const CHUNKS = [{ n: 0 }, { n: 1 }, { n: 2 }] as const;
type Chunk = (typeof CHUNKS)[number];

/** Yields the chunks, then ends or throws. */
async function* generate(error?: unknown, before: number = CHUNKS.length): AsyncGenerator<Chunk> {
  yield* CHUNKS.slice(0, before);
  if (error !== undefined) throw error;
}

/** Like the streams of the SDKs: its own class, a controller, and a new iterator each time it is asked. */
class SdkStream implements AsyncIterable<Chunk> {
  readonly controller = new AbortController();
  private readonly error: unknown;

  constructor(error?: unknown) {
    this.error = error;
  }

  async *[Symbol.asyncIterator]() {
    for (const chunk of CHUNKS) {
      if (this.controller.signal.aborted) return;
      yield chunk;
    }
    if (this.error !== undefined) throw this.error;
  }
}

const openAiStream = () => new Stream(() => generate(), new AbortController());

function webStream(error?: unknown): ReadableStream<Chunk> {
  const left: Chunk[] = [...CHUNKS];
  return new ReadableStream<Chunk>(
    {
      pull(controller) {
        const chunk = left.shift();
        if (chunk !== undefined) controller.enqueue(chunk);
        else if (error === undefined) controller.close();
        else controller.error(error);
      },
    },
    { highWaterMark: 0 },
  );
}

const KINDS: [name: string, create: (error?: unknown) => AsyncIterable<Chunk>][] = [
  ['async generator', (error) => generate(error)],
  ['stream of an SDK', (error) => new SdkStream(error)],
  ['web stream', (error) => webStream(error)],
  ['Node stream', (error) => Readable.from(generate(error))],
  ['frozen async generator', (error) => Object.freeze(generate(error))],
  ['frozen stream of an SDK', (error) => Object.freeze(new SdkStream(error))],
];

async function readAll<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const chunks: T[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

describe('a stream that is observed', () => {
  beforeAll(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  });
  afterAll(() => {
    context.disable();
  });

  describe.each(KINDS)('as %s', (name, create) => {
    it('is the same object, hands on the same chunks and ends at its end', async () => {
      const { recorder, observe, state } = setUp();
      const source = create();
      const keys = Object.keys(source);
      const stream = observe(() => source);
      if (!name.startsWith('frozen')) expect(stream).toBe(source);
      // Node counts the listeners of a stream on the stream itself.
      if (!name.includes('Node')) expect(Object.keys(source)).toEqual(keys);
      const seen: Chunk[] = [];
      for await (const chunk of stream) {
        expect(state()).toEqual([1]);
        expect(chunk).toBe(CHUNKS[seen.length]);
        seen.push(chunk);
        recorder.advance(10);
      }
      expect(seen).toHaveLength(3);
      expect(recorder.callsOf('request')).toEqual([['request', 'openai', 'gpt-4o', 'success', 30]]);
      expect(recorder.active).toBe(0);
    });

    it('is cancelled by break', async () => {
      const { observe, state } = setUp();
      for await (const chunk of observe(() => create())) if (chunk.n === 1) break;
      await new Promise((resolve) => setImmediate(resolve));
      expect(state()).toEqual(['client_cancelled', 0]);
    });

    it('is cancelled by an error of its reader, which passes through', async () => {
      const { observe, state } = setUp();
      const error = new Error('mine');
      const read = async () => {
        for await (const _ of observe(() => create())) throw error;
      };
      await expect(read()).rejects.toBe(error);
      await new Promise((resolve) => setImmediate(resolve));
      expect(state()).toEqual(['client_cancelled', 0]);
    });

    it.each<[string, object, string]>([
      ['a lost connection', { code: 'ECONNRESET' }, 'stream_interrupted'],
      ['an error nobody knows', {}, 'stream_interrupted'],
      ['an overloaded provider', { error: { type: 'overloaded_error' } }, 'overloaded'],
      ['an abort', { name: 'AbortError' }, 'client_cancelled'],
    ])('tells of %s midway, and hands on the error', async (_name, properties, outcome) => {
      const { observe, state } = setUp();
      const error = Object.assign(new Error('x'), properties);
      await expect(readAll(observe(() => create(error)))).rejects.toBe(error);
      expect(state()).toEqual([outcome, 0]);
    });
  });

  describe('with an async generator', () => {
    it('is not interrupted but refused when nothing has come yet', async () => {
      const { observe, state } = setUp();
      const error = Object.assign(new Error('x'), { code: 'ECONNREFUSED' });
      await expect(readAll(observe(() => generate(error, 0)))).rejects.toBe(error);
      expect(state()).toEqual(['network', 0]);
    });

    it('runs its body with the span active', async () => {
      const { observe } = setUp();
      const spans: unknown[] = [];
      const stream = observe(async function* (request) {
        spans.push(request.span);
        yield 1;
        await Promise.resolve();
        spans.push(trace.getActiveSpan());
        yield 2;
      });
      await readAll(stream);
      expect(spans[1]).toBe(spans[0]);
      expect(trace.getActiveSpan()).toBeUndefined();
    });

    it.each<[string, (stream: AsyncGenerator<Chunk>) => Promise<unknown>]>([
      ['return', (stream) => stream.return(undefined)],
      ['throw', (stream) => stream.throw(new Error('mine')).catch(() => undefined)],
    ])('is cancelled by %s()', async (_name, leave) => {
      const { observe, state } = setUp();
      const stream = observe(() => generate());
      await stream.next();
      await leave(stream);
      await leave(stream);
      expect(state()).toEqual(['client_cancelled', 0]);
    });

    it('hands on what next() is given and the promise it returns', async () => {
      const { observe } = setUp();
      const steps: Promise<unknown>[] = [];
      const source = {
        next: (given: unknown) => {
          const step = Promise.resolve({ done: given === 'stop', value: given });
          steps.push(step);
          return step;
        },
        [Symbol.asyncIterator]() {
          return this;
        },
      };
      const stream = observe(() => source);
      const first = stream.next('a');
      expect([first === steps[0], await first]).toEqual([true, { done: false, value: 'a' }]);
    });

    it('hands on an error that next() throws', () => {
      const { observe, state } = setUp();
      const error = Object.assign(new Error('x'), { status: 500 });
      const stream = observe(() => ({
        next: () => {
          throw error;
        },
        [Symbol.asyncIterator]() {
          return this;
        },
      }));
      expect(() => stream.next()).toThrow(error);
      expect(state()).toEqual(['server_error', 0]);
    });

    it('hears break on an iterator that has no return()', async () => {
      const { observe, state } = setUp();
      const stream = { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false, value: 1 }) }) };
      for await (const _ of observe(() => stream)) break;
      expect(state()).toEqual(['client_cancelled', 0]);
    });
  });

  describe('with a stream of an SDK', () => {
    it('is cancelled by controller.abort(), though it ends as if it had been read', async () => {
      const { observe, state } = setUp();
      const stream = observe(() => new SdkStream());
      for await (const chunk of stream) if (chunk.n === 0) stream.controller.abort();
      expect(state()).toEqual(['client_cancelled', 0]);
    });

    it('ends when one branch of tee() has read it to the end', async () => {
      const { observe, state } = setUp();
      const [left, right] = observe(openAiStream).tee();
      for await (const _ of left) break;
      expect(state()).toEqual([1]);
      expect(await readAll(right)).toEqual(CHUNKS);
      expect(state()).toEqual(['success', 0]);
    });

    it('is cancelled when both branches of tee() are left', async () => {
      const { observe, state } = setUp();
      for (const branch of observe(openAiStream).tee()) for await (const _ of branch) break;
      expect(state()).toEqual(['client_cancelled', 0]);
    });

    it('is found in what withResponse() resolves with', async () => {
      const { observe, state } = setUp();
      const { data } = await observe(async () => ({ data: new SdkStream(), response: new Response() }));
      expect(state()).toEqual([1]);
      await readAll(data);
      expect(state()).toEqual(['success', 0]);
    });

    it('follows one that reads by itself and tells by events', async () => {
      const run = (flags: { aborted: boolean; errored: boolean }, error?: unknown) => {
        const { observe, state } = setUp();
        const runner = Object.assign(new EventEmitter(), {
          ended: false,
          ...flags,
          done: () => (error === undefined ? Promise.resolve() : Promise.reject(error)),
          async *[Symbol.asyncIterator]() {},
        });
        observe(() => runner);
        runner.emit('connect');
        const before = state();
        runner.emit('end');
        return { before, state };
      };
      const runs = [
        run({ aborted: false, errored: false }),
        run({ aborted: true, errored: true }),
        run({ aborted: false, errored: true }, Object.assign(new Error('x'), { status: 429 })),
        run({ aborted: false, errored: true }, new Error('x')),
      ];
      await Promise.resolve();
      expect(runs.map(({ before, state }) => [...before, ...state()])).toEqual([
        [1, 'success', 0],
        [1, 'client_cancelled', 0],
        [1, 'rate_limited', 0],
        [1, 'stream_interrupted', 0],
      ]);
    });
  });

  describe('with a web stream', () => {
    it('ends through a reader, whose promises are its own', async () => {
      const { observe, state } = setUp();
      const reader = observe(() => webStream()).getReader();
      const steps = [await reader.read(), await reader.read(), await reader.read()];
      expect(state()).toEqual([1]);
      expect([steps.map(({ value }) => value), (await reader.read()).done]).toEqual([[...CHUNKS], true]);
      expect(state()).toEqual(['success', 0]);
    });

    it.each<[string, (stream: ReadableStream<Chunk>) => Promise<unknown>, string]>([
      ['cancel() of a reader', (stream) => stream.getReader().cancel(), 'client_cancelled'],
      ['cancel() of the stream', (stream) => stream.cancel(), 'client_cancelled'],
      ['pipeTo()', (stream) => stream.pipeTo(new WritableStream()), 'success'],
      ['pipeThrough()', (stream) => readAll(stream.pipeThrough(new TransformStream())), 'success'],
      ['tee()', (stream) => Promise.all(stream.tee().map((branch) => readAll(branch))), 'success'],
      ['Response', (stream) => new Response(stream.pipeThrough(new TextBytes())).text(), 'success'],
      [
        'Readable.fromWeb()',
        (stream) => readAll(Readable.fromWeb(stream as never, { objectMode: true })),
        'success',
      ],
    ])('ends through %s', async (_name, consume, outcome) => {
      const { observe, state } = setUp();
      await consume(observe(() => webStream()));
      await new Promise((resolve) => setImmediate(resolve));
      expect(state()).toEqual([outcome, 0]);
    });

    it('tells a broken source of a pipe from a broken destination', async () => {
      const error = new Error('x');
      const ends: unknown[] = [];
      for (const [source, destination] of [
        [webStream(error), new WritableStream()],
        [webStream(), new WritableStream({ write: () => Promise.reject(error) })],
      ] as const) {
        const { observe, state } = setUp();
        await expect(observe(() => source).pipeTo(destination)).rejects.toBe(error);
        ends.push(state());
      }
      expect(ends).toEqual([
        ['stream_interrupted', 0],
        ['client_cancelled', 0],
      ]);
    });

    it('refuses what cannot be piped, as ever', () => {
      const { observe } = setUp();
      const stream = observe(() => webStream());
      expect(() => stream.pipeThrough({} as never)).toThrow('must be an instance of ReadableStream');
      stream.getReader();
      expect(() => stream.pipeThrough(new TransformStream())).toThrow('locked');
    });

    it('is read no faster than its consumer reads', async () => {
      const { observe } = setUp();
      let pulls = 0;
      const pull = (controller: ReadableStreamDefaultController<number>): void => {
        pulls += 1;
        controller.enqueue(pulls);
      };
      const source = new ReadableStream<number>({ pull }, { highWaterMark: 0 });
      const reader = observe(() => source).getReader();
      await reader.read();
      await new Promise((resolve) => setImmediate(resolve));
      expect(pulls).toBe(1);
    });
  });

  describe('with a Node stream', () => {
    it.each<[string, (stream: Readable) => void, string]>([
      ['read by events', (stream) => stream.resume(), 'success'],
      ['destroyed', (stream) => stream.destroy(), 'client_cancelled'],
    ])('ends when it is %s', async (_name, consume, outcome) => {
      const { observe, state } = setUp();
      consume(observe(() => Readable.from(generate())));
      for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      expect(state()).toEqual([outcome, 0]);
    });

    it('leaves errors that nobody handles to Node', async () => {
      const { observe } = setUp();
      const stream = observe(() => Readable.from(generate()));
      expect(stream.listenerCount('error')).toBe(Readable.from(generate()).listenerCount('error'));
      stream.destroy();
    });

    it('ends at once with one that has ended already', async () => {
      const { observe, state } = setUp();
      const stream = Readable.from(generate());
      await readAll(stream);
      observe(() => stream);
      expect(state()).toEqual(['success', 0]);
    });
  });

  it('ends one that nobody reads as cancelled, when it was handed over', async () => {
    const { recorder, tracker, observe } = setUp();
    await observe(async () => {
      recorder.advance(20);
      return generate();
    });
    recorder.advance(60_000);
    tracker.abandonAll('collected');
    expect(recorder.callsOf('request')).toEqual([['request', 'openai', 'gpt-4o', 'client_cancelled', 20]]);
  });

  it('ends once, as what happened first, whatever its consumers do', async () => {
    const action = fc.constantFrom('next', 'return', 'throw', 'abort', 'end', 'fail', 'collect', 'expire');
    const shape = fc.record({
      chunks: fc.nat(3),
      breaks: fc.boolean(),
      actions: fc.array(action, { maxLength: 8 }),
      promised: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(shape, async ({ chunks, breaks, actions, promised }) => {
        const { recorder, tracker, observe } = setUp();
        let handle: RequestHandle | undefined;
        const controller = new AbortController();
        const source = Object.assign(generate(breaks ? new Error('x') : undefined, chunks), { controller });
        const returned = observe((request) => {
          handle = request;
          return promised ? Promise.resolve(source) : source;
        });
        const stream = await returned;
        let expected: string | undefined;
        let reads = 0;
        let isOpen = true;
        for (const one of actions) {
          const settle = (outcome: string): void => {
            expected ??= outcome;
          };
          if (one === 'next') {
            const step = await stream.next().catch(() => 'error');
            if (!isOpen) settle(controller.signal.aborted ? 'client_cancelled' : 'success');
            else if (reads < chunks) {
              if (controller.signal.aborted) settle('client_cancelled');
            } else {
              isOpen = false;
              if (controller.signal.aborted && step !== 'error') settle('client_cancelled');
              else settle(!breaks ? 'success' : reads > 0 ? 'stream_interrupted' : 'unknown');
            }
            reads += 1;
          } else if (one === 'return' || one === 'throw') {
            await (one === 'return' ? stream.return(undefined) : stream.throw(new Error('y'))).catch(
              () => undefined,
            );
            isOpen = false;
            settle('client_cancelled');
          } else if (one === 'abort') controller.abort();
          else if (one === 'end') {
            handle?.end();
            settle('success');
          } else if (one === 'fail') {
            handle?.fail(new Error('z'), 'timeout');
            settle('timeout');
          } else if (one === 'collect') {
            tracker.abandonAll('collected');
            settle('client_cancelled');
          } else {
            tracker.abandonAll('deadline');
            settle('timeout');
          }
          const outcomes = recorder.callsOf('request').map((call) => call[3]);
          expect(outcomes).toEqual(expected === undefined ? [] : [expected]);
          expect(recorder.active).toBe(expected === undefined ? 1 : 0);
        }
      }),
      { numRuns: 300 },
    );
  });
});

class TextBytes extends TransformStream<Chunk, Uint8Array> {
  constructor() {
    const encoder = new TextEncoder();
    super({ transform: (chunk, controller) => controller.enqueue(encoder.encode(String(chunk.n))) });
  }
}
