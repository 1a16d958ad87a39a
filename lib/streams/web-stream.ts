import { isErrored } from 'node:stream';
import type { ReadableStreamDefaultReader, ReadableStream as WebStream } from 'node:stream/web';
import { observeIterator, observeSteps } from './async-iterable.js';
import { type BoundMethod, decorate, defineMethod, type Method, methodOf } from './methods.js';
import type { Observation } from './observation.js';

type Stream = WebStream<unknown>;
type Reader = ReadableStreamDefaultReader<unknown>;

/** Whether a value is a web `ReadableStream`, of any realm or package. */
export function isReadableStream(value: object): value is Stream {
  return methodOf(value, 'getReader') !== undefined && methodOf(value, 'pipeTo') !== undefined;
}

/**
 * Observes every way to consume a web stream by shadowing its public methods on this one instance.
 *
 * undici reads a body for `text()`, `json()` and `clone()` by the same public methods; for other runtimes see
 * `observeBody`. Only `tee` and `pipeTo` read internally: there a stream that buffers nothing is put in between. It would
 * cost too much to put one everywhere, and a proxy fails the brand checks of `Response`.
 *
 * A stream that is locked is left to the original methods, which throw the right errors. So is one whose class has its
 * own way to read, to pipe or to tee: of its pipes only the end is observed.
 *
 * @returns whether its `tee` is observed.
 */
export function observeReadableStream(stream: Stream, observation: Observation): boolean {
  // Written out, because these are made for each answer: `decorate` would take twice as long.
  const { getReader, cancel, values, [Symbol.asyncIterator]: iterate, tee, pipeTo, pipeThrough } = stream;
  const read = (): Reader => observeReader(getReader.call(stream) as Reader, observation);
  defineMethod(stream, 'getReader', (...args: Parameters<typeof getReader>) =>
    observeReader(getReader.apply(stream, args) as Reader, observation),
  );
  if (typeof cancel === 'function') {
    defineMethod(stream, 'cancel', (...args: unknown[]) =>
      stream.locked ? cancel.apply(stream, args as []) : leave(stream, cancel, args, observation),
    );
  }
  const observeValues = (iterator: object, options: unknown): object => {
    if (preventsCancel(options)) observeSteps(iterator, observation);
    else observeIterator(iterator, observation);
    return iterator;
  };
  for (const [name, method] of [
    ['values', values],
    [Symbol.asyncIterator, iterate],
  ] as const) {
    if (typeof method !== 'function') continue;
    defineMethod(stream, name, (...args: unknown[]) =>
      observeValues(method.apply(stream, args as []), args[0]),
    );
  }
  if (typeof pipeThrough === 'function') {
    defineMethod(stream, 'pipeThrough', (...args: unknown[]) =>
      pipeThroughByPipeTo(stream, pipeThrough.bind(stream) as BoundMethod, args),
    );
  }
  const Class = classOf(stream);
  if (Class === undefined) {
    decorate(stream, 'pipeTo', (pipe, args) =>
      stream.locked ? pipe(...args) : observePipe(stream, pipe(...args), args[1], observation),
    );
    return false;
  }
  defineMethod(stream, 'tee', () => {
    if (stream.locked) return tee.call(stream);
    const isBytes = isByteStream(stream, getReader);
    return between(Class, read(), isBytes).tee();
  });
  defineMethod(stream, 'pipeTo', (...args: Parameters<typeof pipeTo>) => {
    if (stream.locked) return pipeTo.apply(stream, args);
    const reader = read();
    const piping = between(Class, reader, false).pipeTo(...args);
    // A pipe that has ended releases its stream, of which there may be a rest to read.
    const release = (): void => reader.releaseLock();
    piping.then(release, release);
    return piping;
  });
  return true;
}

function observeReader(reader: Reader, observation: Observation): Reader {
  // A stream without a class may return anything.
  if (typeof reader !== 'object' || reader === null) return reader;
  const { read, cancel, releaseLock } = reader;
  let isReleased = false;
  const onResult = <T>(result: T): T => {
    observation.step(result);
    return result;
  };
  const onError = (error: unknown): never => {
    // A read that was pending when its reader was released fails, which says nothing about the stream.
    if (!isReleased) observation.fail(error);
    throw error;
  };
  const take = observation.runsSteps
    ? (args: unknown[]) => observation.run(() => read.apply(reader, args as []))
    : (args: unknown[]) => read.apply(reader, args as []);
  defineMethod(reader, 'read', (...args: unknown[]) => take(args).then(onResult, onError));
  defineMethod(reader, 'cancel', (...args: unknown[]) =>
    isReleased ? cancel.apply(reader, args as []) : leave(reader, cancel, args, observation),
  );
  defineMethod(reader, 'releaseLock', () => {
    isReleased = true;
    releaseLock.call(reader);
  });
  // A stream may break while no read is pending. Its end is not taken from `closed`, which resolves before the last
  // chunk is seen.
  (reader as Partial<Reader>).closed?.catch((error: unknown) => {
    if (!isReleased) observation.fail(error);
  });
  return reader;
}

function leave(target: object, cancel: Method, args: unknown[], observation: Observation): unknown {
  try {
    return Reflect.apply(cancel, target, args);
  } finally {
    observation.cancel();
  }
}

/** Creates a stream of the same class and the same chunks that reads a chunk only when one is read from it. */
function between(Class: StreamClass, reader: Reader, isBytes: boolean): Stream {
  const source = {
    async pull(controller: {
      enqueue(chunk: unknown): void;
      close(): void;
      readonly byobRequest?: { respond(bytes: number): void } | null;
    }) {
      const { done, value } = await reader.read();
      if (!done) {
        controller.enqueue(value);
        return;
      }
      controller.close();
      // A byte stream keeps a BYOB read pending until it is answered.
      controller.byobRequest?.respond(0);
    },
    cancel: (reason: unknown) => reader.cancel(reason),
  };
  return new Class(isBytes ? { ...source, type: 'bytes' } : source, { highWaterMark: 0 });
}

type StreamClass = new (source: object, strategy: object) => Stream;

/** Methods by which the class reads internally, or that it would have to call. */
const READING = ['getReader', 'tee', 'pipeTo'] as const;

/**
 * The class that implements a stream: that of the runtime, of another realm, or of a package. `undefined` where a class
 * derived from it has replaced one of the methods, and where the stream has no class.
 */
function classOf(stream: Stream): StreamClass | undefined {
  const prototype: Stream = Object.getPrototypeOf(stream);
  let base: Stream | undefined;
  for (let above = prototype; above !== null; above = Object.getPrototypeOf(above)) {
    if (Object.hasOwn(above, 'pipeTo')) base = above;
  }
  const isInherited = READING.every((name) => base !== undefined && prototype[name] === base[name]);
  return isInherited ? (base?.constructor as StreamClass) : undefined;
}

/** A pipe rejects for either of its ends; the state of the stream tells which. */
function observePipe(stream: Stream, piping: unknown, options: unknown, observation: Observation): unknown {
  Promise.resolve(piping).then(
    () => observation.end(),
    (error: unknown) => {
      if (isErrored(stream as never)) observation.fail(error);
      else if (!preventsCancel(options)) observation.cancel();
    },
  );
  return piping;
}

function isByteStream(stream: Stream, getReader: Stream['getReader']): boolean {
  try {
    getReader.call(stream, { mode: 'byob' }).releaseLock();
    return true;
  } catch {
    // Only byte streams have BYOB readers.
    return false;
  }
}

/** Pipes by `pipeTo`, as the standard defines `pipeThrough`, because the runtime's own method cannot be observed. */
function pipeThroughByPipeTo(stream: Stream, pipeThrough: BoundMethod, args: unknown[]): unknown {
  const { readable, writable } = (args[0] ?? {}) as {
    readonly readable?: unknown;
    readonly writable?: { readonly locked?: boolean };
  };
  // The original refuses what cannot be piped, in its own words.
  if (stream.locked || writable?.locked !== false) return pipeThrough(...args);
  stream.pipeTo(writable as never, args[1] as never).catch(() => undefined);
  return readable;
}

/** Whether the options of a pipe or an iterator keep the stream readable when they stop before its end. */
function preventsCancel(options: unknown): boolean {
  return Boolean((options as { readonly preventCancel?: unknown } | null | undefined)?.preventCancel);
}
