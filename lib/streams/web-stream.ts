import { isErrored } from 'node:stream';
import type { ReadableStreamDefaultReader, ReadableStream as WebStream } from 'node:stream/web';
import { observeIterator, observeSteps } from './async-iterable.js';
import {
  type BoundMethod,
  createDecorator,
  defineMethod,
  type Method,
  methodOf,
  prototypeOf,
  type Replacements,
} from './methods.js';
import type { Observation } from './observation.js';

type Stream = WebStream<unknown>;
type Reader = ReadableStreamDefaultReader<unknown>;

/** Whether a value is a web `ReadableStream`, of any realm or package. */
export function isReadableStream(value: object): value is Stream {
  return methodOf(value, 'getReader') !== undefined && methodOf(value, 'pipeTo') !== undefined;
}

/**
 * Observes every way to consume a web stream by replacing its public methods, for this one instance. The only visible
 * change is its prototype, a new object that inherits from the prototype of its class.
 *
 * undici reads a body for `text()`, `json()` and `clone()` through the same public methods; for other runtimes see
 * `observeBody`. Only `tee` and `pipeTo` read internally, so they get a relay stream that buffers nothing. A relay for
 * every method would cost too much, and a proxy fails the brand checks of `Response`.
 *
 * A locked stream is left to the original methods, which throw the right errors. A stream whose class overrides how to
 * read, pipe or tee also keeps these methods, and only the end of its pipes is observed.
 *
 * @returns whether its `tee` is observed.
 */
export function observeReadableStream(stream: Stream, observation: Observation): boolean {
  const isImplemented = classOf(stream) !== undefined;
  (isImplemented ? observeImplementation : observeDerived)(stream, observation);
  return isImplemented;
}

const READS: Replacements<Stream, Observation> = {
  getReader(stream, observation, original, args: Parameters<Stream['getReader']>) {
    const reader = original.getReader.apply(stream, args) as Reader;
    return observation.isBypassed ? reader : observeReader(reader, observation);
  },
  cancel: (stream, observation, { cancel }, args) =>
    stream.locked ? Reflect.apply(cancel, stream, args) : cancelAndReport(stream, cancel, args, observation),
  values: (stream, observation, { values }, args: unknown[]) =>
    observeValues(Reflect.apply(values, stream, args), observation, args[0]),
  [Symbol.asyncIterator]: (stream, observation, { [Symbol.asyncIterator]: iterate }, args: unknown[]) =>
    observeValues(Reflect.apply(iterate, stream, args), observation, args[0]),
  pipeThrough: (stream, _observation, { pipeThrough }, args) =>
    pipeThroughByPipeTo(stream, pipeThrough.bind(stream) as BoundMethod, args),
};

/** For a stream whose class does not override the methods that read. */
const observeImplementation = createDecorator<Stream, Observation>({
  ...READS,
  tee(stream, observation, { tee, getReader }) {
    const Class = classOf(stream);
    if (stream.locked || Class === undefined) return tee.call(stream);
    const isBytes = isByteStream(stream, getReader);
    return createRelay(Class, observeReader(getReader.call(stream) as Reader, observation), isBytes).tee();
  },
  pipeTo(stream, observation, { pipeTo, getReader }, args: Parameters<Stream['pipeTo']>) {
    const Class = classOf(stream);
    if (stream.locked || Class === undefined) return pipeTo.apply(stream, args);
    const reader = observeReader(getReader.call(stream) as Reader, observation);
    const piping = createRelay(Class, reader, false).pipeTo(...args);
    // When a pipe ends it releases the stream, which may still have unread chunks.
    const release = (): void => reader.releaseLock();
    piping.then(release, release);
    return piping;
  },
});

/** For a stream whose class overrides how to read, pipe or tee, and for a stream without a class. */
const observeDerived = createDecorator<Stream, Observation>({
  ...READS,
  pipeTo: (stream, observation, { pipeTo }, args: Parameters<Stream['pipeTo']>) =>
    stream.locked
      ? pipeTo.apply(stream, args)
      : observePipe(stream, pipeTo.apply(stream, args), args[1], observation),
});

function observeValues(iterator: object, observation: Observation, options: unknown): object {
  if (preventsCancel(options)) observeSteps(iterator, observation);
  else observeIterator(iterator, observation);
  return iterator;
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
    // A read that was pending when its reader was released fails, although the stream did not.
    if (!isReleased) observation.fail(error);
    throw error;
  };
  const readNext = observation.runsSteps
    ? (args: unknown[]) => observation.run(() => read.apply(reader, args as []))
    : (args: unknown[]) => read.apply(reader, args as []);
  defineMethod(reader, 'read', (...args: unknown[]) => readNext(args).then(onResult, onError));
  defineMethod(reader, 'cancel', (...args: unknown[]) =>
    isReleased ? cancel.apply(reader, args as []) : cancelAndReport(reader, cancel, args, observation),
  );
  defineMethod(reader, 'releaseLock', () => {
    isReleased = true;
    releaseLock.call(reader);
  });
  // A stream may break while no read is pending. `closed` does not report the end, because it resolves before the last
  // chunk has been read.
  (reader as Partial<Reader>).closed?.catch((error: unknown) => {
    if (!isReleased) observation.fail(error);
  });
  return reader;
}

function cancelAndReport(target: object, cancel: Method, args: unknown[], observation: Observation): unknown {
  try {
    return Reflect.apply(cancel, target, args);
  } finally {
    observation.cancel();
  }
}

/** Creates a stream of the same class that passes on the chunks of a reader, each one only when it is requested. */
function createRelay(Class: StreamClass, reader: Reader, isBytes: boolean): Stream {
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

/** Methods that a derived class must not have overridden for a relay to behave like the original stream. */
const READING = ['getReader', 'tee', 'pipeTo'] as const;

/**
 * Returns the class that implements a stream, from the runtime, another realm or a package. It is `undefined` if a
 * derived class overrides one of the methods above, or if the stream has no class.
 */
function classOf(stream: Stream): StreamClass | undefined {
  const prototype = prototypeOf(stream) as Stream;
  let base: Stream | undefined;
  for (let above = prototype; above !== null; above = Object.getPrototypeOf(above)) {
    if (Object.hasOwn(above, 'pipeTo')) base = above;
  }
  const isInherited = READING.every((name) => base !== undefined && prototype[name] === base[name]);
  return isInherited ? (base?.constructor as StreamClass) : undefined;
}

/** A pipe rejects if its source or its destination fails; the state of the source shows which one did. */
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

/** Calls `pipeTo`, as the standard defines `pipeThrough`, because the method of the runtime cannot be observed. */
function pipeThroughByPipeTo(stream: Stream, pipeThrough: BoundMethod, args: unknown[]): unknown {
  const { readable, writable } = (args[0] ?? {}) as {
    readonly readable?: unknown;
    readonly writable?: { readonly locked?: boolean };
  };
  // The original method throws the right error for arguments that cannot be piped.
  if (stream.locked || writable?.locked !== false) return pipeThrough(...args);
  stream.pipeTo(writable as never, args[1] as never).catch(() => undefined);
  return readable;
}

/** Whether the options of a pipe or an iterator keep the stream readable after it stops early. */
function preventsCancel(options: unknown): boolean {
  return Boolean((options as { readonly preventCancel?: unknown } | null | undefined)?.preventCancel);
}
