import { isErrored } from 'node:stream';
import { decorate, methodOf } from './define.js';
import { isLocked, pipeThroughBy, preventsCancel } from './pipe-through.js';
import type { StreamEnd } from './stream-end.js';
import { tapIterable, tapSteps } from './tap-iterable.js';
import { watchStep } from './watch-step.js';

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
        // Who has no reader cannot cancel what another reads.
        isLocked(stream) ? cancel(...args) : leave(cancel, args, end),
  );
  for (const name of ['values', Symbol.asyncIterator]) {
    decorate(stream, name, (iterate) => (...args: unknown[]) => {
      const iterator = iterate(...args);
      if (typeof iterator !== 'object' || iterator === null) return iterator;
      if (preventsCancel(args[0])) tapSteps(iterator, end);
      else tapIterable(iterator, end);
      return iterator;
    });
  }
  decorate(
    stream,
    'pipeTo',
    (pipeTo) =>
      (...args: unknown[]) =>
        isLocked(stream) ? pipeTo(...args) : watchPipe(stream, pipeTo(...args), preventsCancel(args[1]), end),
  );
  decorate(
    stream,
    'pipeThrough',
    (pipeThrough) => (transform: unknown, options?: unknown) =>
      pipeThroughBy(stream, pipeThrough, transform, options),
  );
}

function tapReader(reader: object, end: StreamEnd): void {
  let isReleased = false;
  decorate(reader, 'read', (read) => (...args: unknown[]) => {
    // A reading under way when its reader lets go of the stream fails, and says nothing about the stream.
    return watchStep(
      () => read(...args),
      end,
      (step) => end.step(step),
      () => isReleased,
    );
  });
  decorate(
    reader,
    'cancel',
    (cancel) =>
      (...args: unknown[]) =>
        isReleased ? cancel(...args) : leave(cancel, args, end),
  );
  decorate(reader, 'releaseLock', (releaseLock) => (...args: unknown[]) => {
    isReleased = true;
    return releaseLock(...args);
  });
}

function leave(cancel: (...args: unknown[]) => unknown, args: unknown[], end: StreamEnd): unknown {
  try {
    return cancel(...args);
  } finally {
    end.cancelled();
  }
}

/** A pipe rejects for either end of it; the state of the source tells which. */
function watchPipe(stream: object, pipe: unknown, isLeftOpen: boolean, end: StreamEnd): unknown {
  end.chunk();
  (pipe as Promise<void>).then(
    () => end.done(),
    (error: unknown) => {
      if (isErrored(stream as NodeJS.ReadableStream)) end.failed(error);
      else if (!isLeftOpen) end.cancelled();
    },
  );
  return pipe;
}
