import { Readable } from 'node:stream';
import { instrumentFetch } from '../../lib/fetch.js';
import { observeRequest } from '../../lib/index.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { collectGarbageUntil } from '../support/collect-garbage.js';
import { LazyPromise } from '../support/lazy-promise.js';
import { chatChunk } from '../support/providers/openai.js';
import { requestOutcomes } from '../support/request-outcomes.js';

type Chunks = AsyncIterable<Uint8Array>;
type Source = AsyncGenerator<Uint8Array, undefined, unknown>;

/** A way to hand out a stream, and where the consumer finds it. */
interface Shape {
  readonly wrap: (source: Source) => unknown;
  readonly open?: (result: never) => Chunks | PromiseLike<Chunks>;
}

const EVENT = `data: ${JSON.stringify(chatChunk({ content: 'x' }))}\n\n`;
const EVENTS = [EVENT, EVENT].map((text) => Buffer.from(text));
const LAST_EVENT = Buffer.from(`data: ${JSON.stringify(chatChunk({}, 'stop'))}\n\ndata: [DONE]\n\n`);
const HEADERS = { 'content-type': 'text/event-stream' };
const BROKEN = new Error('broken');

/** Yields two events, and then ends with a last one, breaks, or waits until it is aborted. */
async function* produce(
  ending: 'end' | 'break' | 'wait',
  { signal }: AbortController = new AbortController(),
): Source {
  yield* EVENTS;
  if (ending === 'break') throw BROKEN;
  if (ending === 'end') yield LAST_EVENT;
  else {
    signal.throwIfAborted();
    await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  }
  return undefined;
}

function webStream(source: Source, type?: 'bytes'): ReadableStream<Uint8Array> {
  const stream = {
    async pull(controller: { enqueue(chunk: Uint8Array): void; close(): void }) {
      const { done, value } = await source.next();
      if (done) controller.close();
      // A byte stream takes the memory of a chunk, which the other cases still need.
      else controller.enqueue(type === 'bytes' ? Uint8Array.from(value) : value);
    },
    cancel: () => void source.return(undefined),
  };
  return type === undefined
    ? new ReadableStream(stream, { highWaterMark: 0 })
    : (new ReadableStream({ ...stream, type } as never) as ReadableStream<Uint8Array>);
}

/** What `node-fetch` answers with, as far as observers can tell. */
const nodeResponse = (source: Source) => ({
  ok: true,
  status: 200,
  headers: new Headers(HEADERS),
  bodyUsed: false,
  body: Readable.from(source, { objectMode: false }),
});

const bodyOf = ({ body }: { readonly body: unknown }): Chunks => body as Chunks;

const RESPONSES: Readonly<Record<string, Shape>> = {
  Response: {
    wrap: (source) => new Response(webStream(source) as never, { headers: HEADERS }),
    open: bodyOf,
  },
  'Response with a byte stream': {
    wrap: (source) => new Response(webStream(source, 'bytes') as never, { headers: HEADERS }),
    open: bodyOf,
  },
  'Response-like object with a Node stream': { wrap: nodeResponse, open: bodyOf },
  'Response-like object with a Node stream of text': {
    wrap: (source) => {
      const response = nodeResponse(source);
      response.body.setEncoding('latin1');
      return response;
    },
    open: bodyOf,
  },
};

const SHAPES: Readonly<Record<string, Shape>> = {
  'web stream': { wrap: (source) => webStream(source) },
  'web byte stream': { wrap: (source) => webStream(source, 'bytes') },
  'frozen web stream': { wrap: (source) => Object.freeze(webStream(source)) },
  'branch of a web stream': {
    wrap: (source) => webStream(source),
    open: (stream: ReadableStream) => {
      const [left, right] = stream.tee();
      void right.cancel();
      return left as unknown as Chunks;
    },
  },
  'piped web stream': {
    wrap: (source) => webStream(source),
    open: (stream: ReadableStream) => stream.pipeThrough(new TransformStream()) as unknown as Chunks,
  },
  'Node stream': { wrap: (source) => Readable.from(source) },
  'async generator': { wrap: (source) => source },
  'frozen async generator': { wrap: (source) => Object.freeze(source) },
  'async iterable': { wrap: (source) => ({ [Symbol.asyncIterator]: () => source }) },
  'async iterable without return()': {
    wrap: (source) => ({ [Symbol.asyncIterator]: () => ({ next: () => source.next() }) }),
  },
  'promise of a stream': { wrap: async (source) => webStream(source) },
  'lazy promise of a stream': {
    wrap: (source) => new LazyPromise(async () => ({ [Symbol.asyncIterator]: () => source })),
  },
  'what withResponse() resolves with': {
    wrap: async (source) => ({ data: source, response: new Response() }),
    open: ({ data }: { data: Chunks }) => data,
  },
  ...RESPONSES,
};

/** How the call is observed; both see the same endings. */
const DOORS = {
  'observeRequest()': (result: unknown) => observeRequest({ provider: 'mine', model: 'm' }, () => result),
  'instrumentFetch()': (result: unknown) =>
    instrumentFetch(async () => result as Response)('https://api.openai.com/v1/chat/completions', {
      method: 'POST',
      body: JSON.stringify({ model: 'm', stream: true }),
    }),
};

let monitoring: TestMonitoring;
beforeEach(async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  monitoring = await startTestMonitoring();
});
afterEach(async () => {
  // The rounds of the watcher end with the test; the export of spans, which is due after 5 s, does not begin.
  jest.advanceTimersByTime(2_000);
  jest.useRealTimers();
  await monitoring.shutdown();
});

const outcomes = () => requestOutcomes(monitoring);

/** Some streams report their end in a later turn of the event loop. */
async function outcomesAtLast(): Promise<readonly unknown[]> {
  for (;;) {
    const ended = await outcomes();
    if (ended.at(-1) === 0) return ended;
    await new Promise(setImmediate);
  }
}

async function readAll(stream: Chunks, onChunk: () => unknown = () => undefined): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk));
    await onChunk();
  }
  return Buffer.concat(chunks);
}

const CASES = [
  ...Object.entries(SHAPES).map(([name, shape]) => [name, 'observeRequest()', shape] as const),
  ...Object.entries(RESPONSES).map(([name, shape]) => [name, 'instrumentFetch()', shape] as const),
];

describe.each(CASES)('%s, observed by %s,', (_name, door, { wrap, open = (result) => result }) => {
  const observed = async (source: Source): Promise<Chunks> =>
    open((await DOORS[door](wrap(source))) as never);

  it('ends its request as a success when it is read to its end', async () => {
    expect(await readAll(await observed(produce('end')))).toEqual(Buffer.concat([...EVENTS, LAST_EVENT]));
    expect(await outcomesAtLast()).toEqual(['success', 0]);
  });

  it('is in flight while it is read', async () => {
    const states: (readonly unknown[])[] = [];
    const controller = new AbortController();
    const reading = readAll(await observed(produce('wait', controller)), async () => {
      states.push(await outcomes());
      if (states.length === EVENTS.length) controller.abort();
    });
    await reading.catch(() => undefined);
    expect(states).toEqual([[1], [1]]);
  });

  it('was cancelled when its consumer breaks', async () => {
    for await (const _chunk of await observed(produce('wait'))) break;
    expect(await outcomesAtLast()).toEqual(['client_cancelled', 0]);
  });

  it('was interrupted when its source breaks, and hands on the very error', async () => {
    await expect(readAll(await observed(produce('break')))).rejects.toBe(BROKEN);
    expect(await outcomesAtLast()).toEqual(['stream_interrupted', 0]);
  });

  it('was cancelled when its source is aborted, and hands on the very reason', async () => {
    const controller = new AbortController();
    const reading = readAll(await observed(produce('wait', controller)), () =>
      setImmediate(() => controller.abort()),
    );
    expect(await reading.catch((error: unknown) => error)).toBe(controller.signal.reason);
    expect(controller.signal.reason).toMatchObject({ name: 'AbortError' });
    expect(await outcomesAtLast()).toEqual(['client_cancelled', 0]);
  });

  it('was cancelled when it is dropped midway', async () => {
    await (async () => {
      const iterator = (await observed(produce('wait')))[Symbol.asyncIterator]();
      await iterator.next();
    })();
    jest.advanceTimersByTime(2_000);
    for (;;) {
      await collectGarbageUntil(() => false, 2);
      const ended = await outcomes();
      if (ended.length === 1) continue;
      expect(ended).toEqual(['client_cancelled', 0]);
      return;
    }
  });
});

describe.each(Object.entries(SHAPES))('%s', (name, { wrap }) => {
  it('stays the same object, without new keys', () => {
    const result = wrap(produce('wait')) as object;
    const keys = Object.keys(result);
    const observed = DOORS['observeRequest()'](result);
    if (!name.startsWith('frozen')) expect(observed).toBe(result);
    expect(Object.keys(result)).toEqual(keys);
    expect(Object.getPrototypeOf(observed)).toBe(Object.getPrototypeOf(result));
  });
});

describe('an async generator', () => {
  /** Yields what it is sent, and survives one error. */
  async function* echo(): AsyncGenerator<unknown, unknown, unknown> {
    let sent: unknown = 'first';
    for (;;) {
      try {
        sent = yield sent;
        if (sent === 'stop') return 'stopped';
        if (sent === 'fail') throw BROKEN;
      } catch (error) {
        if (error === BROKEN) throw error;
        sent = ['caught', error];
      }
    }
  }
  type Call = readonly [method: 'next' | 'throw' | 'return', argument?: unknown];
  const settle = (step: Promise<unknown>): Promise<unknown> =>
    step.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
  const run = async (generator: AsyncGenerator<unknown, unknown, unknown>, calls: readonly Call[]) => {
    const results: unknown[] = [];
    for (const [method, argument] of calls) {
      const promise = generator[method](argument);
      expect(promise).toBeInstanceOf(Promise);
      results.push(await settle(promise));
    }
    return results;
  };

  it.each<readonly [outcome: string, calls: readonly Call[]]>([
    ['success', [['next'], ['next', 'a'], ['next', 'stop'], ['next']]],
    ['client_cancelled', [['next'], ['return', 'r'], ['next'], ['return', 's']]],
    ['client_cancelled', [['next'], ['throw', 'mine'], ['next', 'b'], ['throw', BROKEN], ['next']]],
    ['client_cancelled', [['return', Promise.resolve('r')], ['next']]],
    ['client_cancelled', [['throw', 'early'], ['next']]],
    ['stream_interrupted', [['next'], ['next', 'fail'], ['next']]],
  ])('is a %s by the calls %j, which it answers as ever', async (outcome, calls) => {
    const plain = await run(echo(), calls);
    const observed = observeRequest({ provider: 'mine', model: 'm' }, echo);
    expect(await run(observed, calls)).toEqual(plain);
    expect(await outcomes()).toEqual([outcome, 0]);
  });
});
