import { observeIterable } from './async-iterable.js';
import { decorate, defineMethod, methodOf } from './methods.js';
import { observeEmitter } from './node-stream.js';
import { branchObservers, Observation, type StreamObserver } from './observation.js';
import { isReadableStream, observeReadableStream } from './web-stream.js';

/** Whether a value is a web stream, a Node stream, a stream of an SDK or an async generator. */
export function isStream(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return methodOf(value, Symbol.asyncIterator) !== undefined || isReadableStream(value);
}

/**
 * Reports to an observer what the consumer of a stream reads, and how the stream ends. The consumer keeps the same
 * object with all its methods and gets the same chunks at its own pace: nothing is read ahead, copied or kept.
 *
 * A stream whose reader was released early has not ended, because its owner may continue to read at any time. It ends
 * when it has been read completely, when it is garbage-collected, which `fetch` prevents while the connection is open,
 * or when the deadline of its request passes.
 *
 * @returns the same stream, or a proxy of it if the stream is frozen.
 */
export function observeStream<T extends object>(stream: T, observer: StreamObserver): T {
  return attach(stream, new Observation(stream, observer));
}

/** Makes a stream report to an observation. */
export function attach<T extends object>(stream: T, observation: Observation): T {
  const isWeb = isReadableStream(stream);
  if (!isWeb && observeEmitter(stream, observation)) return stream;
  if (!Object.isExtensible(stream)) return attachToFrozen(stream, observation);
  if (isWeb) {
    if (observeReadableStream(stream, observation)) return stream;
  } else {
    observeIterable(stream, observation);
  }
  // Inside `tee`, streams of the SDKs read their source in a way that cannot be observed, so the branches are observed.
  decorate(stream, 'tee', (tee) => {
    const branches = tee();
    if (Array.isArray(branches)) observeBranches(branches.filter(isStream), observation);
    return branches;
  });
  return stream;
}

function observeBranches(branches: readonly object[], observation: Observation): void {
  const observers = branchObservers(observation, branches.length);
  observers.forEach((observer, index) => {
    const branch = branches[index];
    if (branch !== undefined) observeStream(branch, observer);
  });
}

/** Methods that consume a stream. */
const CONSUMING_METHODS = [
  Symbol.asyncIterator,
  'next',
  'return',
  'throw',
  'tee',
  'getReader',
  'values',
  'cancel',
  'pipeTo',
  'pipeThrough',
];

/** Creates a proxy of a frozen stream; all its methods are called on the stream itself. */
function attachToFrozen<T extends object>(stream: T, observation: Observation): T {
  // The target is another object, because a proxy must show the frozen properties of its target unchanged.
  const front: object = Object.create(Object.getPrototypeOf(stream));
  for (const name of CONSUMING_METHODS) {
    const method = methodOf(stream, name);
    if (method !== undefined) defineMethod(front, name, (...args) => Reflect.apply(method, stream, args));
  }
  if ('locked' in stream) Reflect.defineProperty(front, 'locked', { get: () => stream.locked });
  attach(front, observation);
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
