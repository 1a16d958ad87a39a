import {
  type ReadableByteStreamController,
  ReadableStream,
  type ReadableStreamAsyncIterator,
  type ReadableStreamDefaultController,
  type ReadableStreamDefaultReader,
} from 'node:stream/web';
import { watchTap } from '../clients/watch-tap.js';
import type { BodyTap } from '../streams/body-tap.js';
import { defineMethod } from '../streams/define.js';
import { pipeThroughBy, preventsCancel } from '../streams/pipe-through.js';

type Chunk = Uint8Array;
type Result = { readonly done?: boolean; readonly value?: Chunk | undefined };
type Reader = ReadableStreamDefaultReader<Chunk>;
type Controller = ReadableStreamDefaultController<Chunk> | ReadableByteStreamController;

/**
 * Lets a tap see what the consumer of a stream reads, as it reads it.
 *
 * The stream stays the same object, and so does the response around it: its public methods are shadowed on this one
 * instance. A copy of the response would lose its URL, its type and its identity; a stream put in between would cost
 * half a microsecond and the identity of every chunk; a Proxy fails the brand checks of `Response`. undici reads
 * the bodies of `text()`, `json()`, `clone()` and the like through the same public methods, so that nothing needs
 * to be done for those; for other runtimes there is `tapResponse`. Only `tee` and the pipes, which read by internal
 * ways, get a stream in between that holds no chunk back.
 *
 * A body whose reader was released in the middle is not abandoned: whoever holds it may read on at any time. It ends
 * when it has been read on to its end, when the garbage collector finds it, which `fetch` prevents as long as the
 * connection is open, or with the deadline of its request.
 *
 * @returns what is told from here on: it also ends the watch of the stream.
 */
export function tapStream(stream: ReadableStream<Chunk>, told: BodyTap): BodyTap {
  const tap = watchTap(stream, told);
  const { getReader, cancel, values, pipeThrough, pipeTo, tee } = stream;

  defineMethod(stream, 'getReader', (...args: Parameters<typeof getReader>) =>
    tapReader(getReader.apply(stream, args) as ReadableStreamDefaultReader<Chunk>, tap),
  );
  defineMethod(stream, 'cancel', (...args: Parameters<typeof cancel>) => {
    if (!stream.locked) tap.cancel();
    return cancel.apply(stream, args);
  });
  const iterate = (options?: Parameters<typeof values>[0]) =>
    tapIterator(values.call(stream, options), preventsCancel(options), tap);
  defineMethod(stream, 'values', iterate);
  defineMethod(stream, Symbol.asyncIterator, iterate);

  // A locked stream is left to the original methods, whose errors are the right ones.
  defineMethod(stream, 'tee', () => {
    if (stream.locked) return tee.call(stream);
    const isBytes = isByteStream(stream, getReader);
    return tee.call(between(tapReader(getReader.call(stream) as Reader, tap), isBytes));
  });
  defineMethod(stream, 'pipeTo', (...args: Parameters<typeof pipeTo>) => {
    if (stream.locked) return pipeTo.apply(stream, args);
    const reader = tapReader(getReader.call(stream) as Reader, tap);
    const piping = pipeTo.apply(between(reader, false), args);
    // A pipe that is over has let go of its stream, of which there may be a rest to read.
    const release = (): void => reader.releaseLock();
    piping.then(release, release);
    return piping;
  });
  defineMethod(stream, 'pipeThrough', (...args: Parameters<typeof pipeThrough>) =>
    pipeThroughBy(stream, pipeThrough.bind(stream) as (...given: unknown[]) => unknown, ...args),
  );
  return tap;
}

function tapReader<Reader extends ReadableStreamDefaultReader<Chunk>>(reader: Reader, tap: BodyTap): Reader {
  const { read, cancel, releaseLock } = reader;
  let isReleased = false;
  // A reading that was under way when its reader let go of the stream fails, and says nothing about the stream.
  const observe = observer(tap, () => isReleased);
  defineMethod(reader, 'read', (...args: Parameters<typeof read>) => observe(read.apply(reader, args)));
  defineMethod(reader, 'cancel', (...args: Parameters<typeof cancel>) => {
    if (!isReleased) tap.cancel();
    return cancel.apply(reader, args);
  });
  defineMethod(reader, 'releaseLock', () => {
    isReleased = true;
    releaseLock.call(reader);
  });
  // A stream may fail while nobody waits for a chunk. Its success is not taken from here: `closed` is settled
  // before the last chunk is seen.
  reader.closed.catch((error: unknown) => {
    if (!isReleased) tap.fail(error);
  });
  return reader;
}

function tapIterator(
  iterator: ReadableStreamAsyncIterator<Chunk>,
  preventCancel: boolean,
  tap: BodyTap,
): ReadableStreamAsyncIterator<Chunk> {
  const { next, return: finish } = iterator;
  const observe = observer(tap);
  defineMethod(iterator, 'next', () => observe(next.call(iterator)));
  defineMethod(iterator, 'return', (...args: Parameters<NonNullable<typeof finish>>) => {
    if (!preventCancel) tap.cancel();
    return finish?.apply(iterator, args);
  });
  return iterator;
}

/**
 * Tells the tap the outcome of each reading before whoever reads gets it.
 *
 * Made once for a reader, not for each of its chunks: what is made for a chunk counts with every token.
 */
function observer(
  tap: BodyTap,
  isReleased: () => boolean = () => false,
): (reading: Promise<Result>) => Promise<Result> {
  const onResult = (result: Result): Result => {
    if (result.done) tap.end();
    else if (result.value !== undefined) tap.chunk(result.value);
    return result;
  };
  const onError = (error: unknown): never => {
    if (!isReleased()) tap.fail(error);
    throw error;
  };
  return (reading) => reading.then(onResult, onError);
}

/** A stream of the same chunks that reads one when asked for one. */
function between(reader: Reader, isBytes: boolean): ReadableStream<Chunk> {
  const source = {
    async pull(controller: Controller) {
      const { done, value } = await reader.read();
      if (!done && value !== undefined) {
        controller.enqueue(value);
        return;
      }
      controller.close();
      // A byte stream keeps a reader that brought its own buffer waiting until that is answered.
      if ('byobRequest' in controller) controller.byobRequest?.respond(0);
    },
    cancel: (reason: unknown) => reader.cancel(reason),
  };
  return isBytes
    ? new ReadableStream({ ...source, type: 'bytes' }, { highWaterMark: 0 })
    : new ReadableStream(source, { highWaterMark: 0 });
}

function isByteStream(stream: ReadableStream<Chunk>, getReader: ReadableStream<Chunk>['getReader']): boolean {
  try {
    getReader.call(stream, { mode: 'byob' }).releaseLock();
    return true;
  } catch {
    // Only byte streams have such readers.
    return false;
  }
}
