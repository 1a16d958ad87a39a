import { createObservedResults } from '../support/observed-results.js';

const CHUNKS = ['a', 'b'];

function fill(controller: ReadableStreamDefaultController<string>): void {
  for (const chunk of CHUNKS) controller.enqueue(chunk);
  controller.close();
}

/** A class of a user, which can be constructed in one way only, and pipes and tees as the standard does. */
class Labelled extends ReadableStream<string> {
  readonly label: string;

  constructor(label: string, start = fill) {
    if (typeof label !== 'string') throw new TypeError('no label');
    super({ start });
    this.label = label;
  }
  override pipeTo(...args: Parameters<ReadableStream<string>['pipeTo']>): Promise<void> {
    return super.pipeTo(...args);
  }
  override tee(): [ReadableStream<string>, ReadableStream<string>] {
    return super.tee();
  }
}

/** Has chunks of its own for whoever asks for a reader. A pipe does not ask. */
class Loud extends ReadableStream<string> {
  override getReader(...args: []): never {
    const reader = super.getReader(...args);
    const read = reader.read.bind(reader);
    reader.read = async () => {
      const result = await read();
      return result.done ? result : { done: false, value: result.value.toUpperCase() };
    };
    return reader as never;
  }
}

/** No class at all. */
function duck(): ReadableStream<string> {
  const pipeTo = async (destination: WritableStream<string>): Promise<void> => {
    const writer = destination.getWriter();
    for (const chunk of CHUNKS) await writer.write(chunk);
    await writer.close();
  };
  const tee = () => [new Labelled('one'), new Labelled('other')];
  return { locked: false, getReader: () => undefined, pipeTo, tee } as never;
}

const STREAMS = {
  'of a derived class': () => new Labelled('mine'),
  'with other readers': () => new Loud({ start: fill }),
  'without a class': duck,
};

async function readToEnd(stream: ReadableStream<string>): Promise<string[]> {
  const chunks: string[] = [];
  await stream.pipeTo(new WritableStream({ write: (chunk) => void chunks.push(chunk) }));
  return chunks;
}

describe.each(Object.entries(STREAMS))('a web stream %s', (_name, create) => {
  it('is piped by its own method, and ends its request with the pipe', async () => {
    const { observe, state } = createObservedResults();
    await expect(readToEnd(observe(create))).resolves.toEqual(CHUNKS);
    expect(state()).toEqual(['success', 0]);
  });

  it('is teed by its own method, and ends its request with the branches', async () => {
    const { observe, state } = createObservedResults();
    const branches = observe(create).tee();
    expect(state()).toEqual([1]);
    await expect(Promise.all(branches.map(readToEnd))).resolves.toEqual([CHUNKS, CHUNKS]);
    expect(state()).toEqual(['success', 0]);
  });
});

describe('a web stream of a derived class', () => {
  it('was cancelled when the destination of its pipe breaks', async () => {
    const { observe, state } = createObservedResults();
    const full = new Error('full');
    const write = (): never => {
      throw full;
    };
    await expect(observe(() => new Labelled('mine')).pipeTo(new WritableStream({ write }))).rejects.toBe(
      full,
    );
    expect(state()).toEqual(['client_cancelled', 0]);
  });

  it('has failed when it breaks within its pipe', async () => {
    const { observe, state } = createObservedResults();
    const lost = Object.assign(new Error('lost'), { status: 503 });
    const stream = observe(() => new Labelled('mine', (controller) => controller.error(lost)));
    await expect(readToEnd(stream)).rejects.toBe(lost);
    expect(state()).toEqual(['overloaded', 0]);
  });

  it('stays in flight when its pipe is not to cancel it', async () => {
    const { observe, state } = createObservedResults();
    const stream = observe(() => new Labelled('mine'));
    const signal = AbortSignal.abort();
    await expect(stream.pipeTo(new WritableStream(), { signal, preventCancel: true })).rejects.toThrow();
    expect(state()).toEqual([1]);
  });
});

describe('a stream without a class', () => {
  it('hands on what is no reader', () => {
    const { observe } = createObservedResults();
    expect(observe(duck).getReader()).toBeUndefined();
  });

  it('gets no method that it does not have', () => {
    const { observe } = createObservedResults();
    expect(observe(duck)).not.toHaveProperty('cancel');
  });
});

describe.each(['return', 'throw'])('an iterator whose getter of `%s` throws', (name) => {
  it('is read to its end by a consumer that does not need it', async () => {
    const { observe, state } = createObservedResults();
    const steps = [{ done: false, value: 1 }, { done: true }];
    const get = (): never => {
      throw new Error('hostile');
    };
    const iterator = Object.defineProperty({ next: async () => steps.shift() }, name, { get });
    const stream = observe(() => ({
      [Symbol.asyncIterator]: () => iterator as unknown as AsyncIterator<number>,
    }));
    const chunks: number[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks).toEqual([1]);
    expect(state()).toEqual(['success', 0]);
  });
});
