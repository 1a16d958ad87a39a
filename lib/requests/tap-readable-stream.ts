import { isErrored } from 'node:stream';
import { decorate, methodOf } from './define.js';
import type { StreamEnd } from './stream-end.js';
import { tapIterable } from './tap-iterable.js';
import { watchStep } from './watch-step.js';

interface Transform {
  readonly readable: unknown;
  readonly writable?: { readonly locked?: boolean };
}

/** Whether a value is a web `ReadableStream`, of any realm. */
export function isReadableStream(value: object): boolean {
  return methodOf(value, 'getReader') !== undefined && methodOf(value, 'pipeTo') !== undefined;
}

/** Taps every way to consume a web stream, the reads of `Response.json()` and the like among them. */
export function tapReadableStream(stream: object, end: StreamEnd): void {
  decorate(stream, 'getReader', (getReader) => (...args: unknown[]) => {
    const reader = getReader(...args);
    if (typeof reader === 'object' && reader !== null) tapReader(reader, end);
    return reader;
  });
  decorate(
    stream,
    'cancel',
    (cancel) =>
      (...args: unknown[]) =>
        leave(cancel, args, end),
  );
  for (const name of ['values', Symbol.asyncIterator]) {
    decorate(stream, name, (iterate) => (...args: unknown[]) => {
      const iterator = iterate(...args);
      if (typeof iterator === 'object' && iterator !== null) tapIterable(iterator, end);
      return iterator;
    });
  }
  decorate(
    stream,
    'pipeTo',
    (pipeTo) =>
      (...args: unknown[]) =>
        watchPipe(stream, pipeTo(...args), end),
  );
  decorate(stream, 'pipeThrough', (pipeThrough) => (transform: Transform, options?: unknown) => {
    const isReady =
      !(stream as { readonly locked?: boolean }).locked && transform?.writable?.locked === false;
    // What cannot be piped is refused by the stream itself, in its own words.
    if (!isReady) return pipeThrough(transform, options);
    // The stream would pipe itself through unseen; this is what the standard does there, by the method above.
    const pipe = methodOf(stream, 'pipeTo') as (destination: unknown, options: unknown) => Promise<void>;
    pipe(transform.writable, options).catch(() => undefined);
    return transform.readable;
  });
}

function tapReader(reader: object, end: StreamEnd): void {
  decorate(reader, 'read', (read) => (...args: unknown[]) => {
    return watchStep(
      () => read(...args),
      end,
      (step) => end.step(step),
    );
  });
  decorate(
    reader,
    'cancel',
    (cancel) =>
      (...args: unknown[]) =>
        leave(cancel, args, end),
  );
}

function leave(cancel: (...args: unknown[]) => unknown, args: unknown[], end: StreamEnd): unknown {
  try {
    return cancel(...args);
  } finally {
    end.cancelled();
  }
}

/** A pipe rejects for either end of it; the state of the source tells which. */
function watchPipe(stream: object, pipe: unknown, end: StreamEnd): unknown {
  end.chunk();
  (pipe as Promise<void>).then(
    () => end.done(),
    (error: unknown) => {
      if (isErrored(stream as NodeJS.ReadableStream)) end.failed(error);
      else end.cancelled();
    },
  );
  return pipe;
}
