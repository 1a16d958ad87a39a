import { decorate, defineMethod, methodOf } from './define.js';
import type { StreamEnd } from './stream-end.js';
import { isEmitter, tapEmitter } from './tap-emitter.js';
import { tapIterable } from './tap-iterable.js';
import { isReadableStream, tapReadableStream } from './tap-readable-stream.js';

/** Whether a value is read piece by piece: a web stream, a Node stream, an SDK's stream, an async generator. */
export function isStream(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return methodOf(value, Symbol.asyncIterator) !== undefined || isReadableStream(value);
}

/**
 * Tells how a stream ends, while its consumer reads it as ever: the same object with its own methods, the same
 * chunks, at the consumer's pace. Nothing is read ahead, teed or kept.
 *
 * @returns the same stream; for one that takes no properties, a proxy.
 */
export function tapStream<T extends object>(stream: T, end: StreamEnd): T {
  if (isEmitter(stream)) {
    tapEmitter(stream, end);
    return stream;
  }
  if (!Object.isExtensible(stream)) return tapFrozen(stream, end);
  if (isReadableStream(stream)) tapReadableStream(stream, end);
  else tapIterable(stream, end);
  // A tee reads the source by itself, unseen: what its branches see is what happened.
  decorate(stream, 'tee', (tee) => () => {
    const branches = tee();
    if (Array.isArray(branches)) tapBranches(branches, end);
    return branches;
  });
  return stream;
}

function tapBranches(branches: readonly unknown[], end: StreamEnd): void {
  branches.forEach((branch, index) => {
    if (!isStream(branch)) return;
    if (index > 0) end.addReader();
    tapStream(branch, end);
  });
}

const CONSUMED_BY = [
  Symbol.asyncIterator,
  'next',
  'return',
  'throw',
  'tee',
  'getReader',
  'cancel',
  'pipeTo',
  'pipeThrough',
];

/** Stands before a frozen stream; all its methods are called on the stream itself. */
function tapFrozen<T extends object>(stream: T, end: StreamEnd): T {
  // Another object is the target, because a proxy must show the frozen properties of its target as they are.
  const front: object = Object.create(Object.getPrototypeOf(stream));
  for (const name of CONSUMED_BY) {
    const method = methodOf(stream, name);
    if (method !== undefined) defineMethod(front, name, (...args) => Reflect.apply(method, stream, args));
  }
  tapStream(front, end);
  const proxy = new Proxy(front, {
    get: (target, name) => {
      if (Object.hasOwn(target, name)) return Reflect.get(target, name);
      const value: unknown = Reflect.get(stream, name, stream);
      return typeof value === 'function' ? value.bind(stream) : value;
    },
    has: (_target, name) => Reflect.has(stream, name),
  }) as T;
  if (methodOf(stream, 'next') !== undefined) defineMethod(front, Symbol.asyncIterator, () => proxy);
  return proxy;
}
