import { classifyError, isClosedEarly, readMember } from '../errors/classify-error.js';
import { decorate, methodOf } from './methods.js';
import type { Observation } from './observation.js';

interface NodeReadable {
  readonly readableEnded: boolean;
  readonly destroyed: boolean;
  readonly readableEncoding?: BufferEncoding | null;
  /** Present only on streams that can also be written to. */
  readonly writable?: boolean;
  /** Present only on answers of Node's HTTP client. A pipe aborts this request when its consumer leaves. */
  readonly req?: { readonly aborted?: boolean };
}

/** `MessageStream` of Anthropic, `ChatCompletionStream` of OpenAI: they read by themselves and emit events. */
interface SdkRunner {
  readonly on: (event: string, listener: (...args: unknown[]) => void) => unknown;
  readonly done: () => Promise<void>;
  readonly ended: boolean;
  readonly errored: boolean;
  readonly aborted: boolean;
}

/** Observes a stream that emits an event when it ends, however it is consumed; returns whether the value is one. */
export function observeEmitter(stream: object, observation: Observation): boolean {
  if (isNodeReadable(stream)) observeNodeReadable(stream, observation);
  else if (isSdkRunner(stream)) observeSdkRunner(stream, observation);
  else return false;
  return true;
}

export function isNodeReadable(value: object): value is NodeReadable {
  return (
    methodOf(value, 'on') !== undefined && methodOf(value, 'pipe') !== undefined && 'readableEnded' in value
  );
}

function isSdkRunner(value: object): value is SdkRunner {
  const hasMethods = methodOf(value, 'on') !== undefined && methodOf(value, 'done') !== undefined;
  return hasMethods && 'ended' in value && 'errored' in value && 'aborted' in value;
}

/**
 * Observes the events of a Node stream by replacing `emit`: a `data` listener would make the stream flow, and an
 * `error` listener would hide unhandled errors. Every chunk that a consumer reads is emitted as `data`, including
 * chunks that are read by `read()`, by a pipe or by an iterator.
 */
function observeNodeReadable(stream: NodeReadable, observation: Observation): void {
  const hasConsumerLeft = trackDestroy(stream);
  decorate(stream, 'emit', (emit, args) => {
    const [event, value] = args;
    if (event === 'data') observation.chunk(toBytes(value, stream));
    else if (event === 'end') observation.end();
    else if (event === 'close' || (event === 'error' && hasConsumerLeft())) observation.cancel(true);
    else if (event === 'error') observation.fail(value);
    return emit(...args);
  });
  if (stream.readableEnded) observation.end();
  else if (stream.destroyed) observation.cancel(true);
}

/** Chunks are text after `setEncoding`, and may be text in object mode. */
function toBytes(chunk: unknown, { readableEncoding }: NodeReadable): unknown {
  return typeof chunk === 'string' ? Buffer.from(chunk, readableEncoding ?? 'utf8') : chunk;
}

/**
 * Records, when a stream is destroyed, whether its consumer left it. Node destroys all streams of a pipe when one
 * breaks, and the error that is emitted later does not identify the broken one. If a destination was destroyed before
 * this stream, the destination broke first, so the consumer left. Otherwise the reason decides: the consumer left if
 * there is no reason, if it is an abort, or if a pipe was closed too early. A stream that can also be written to may
 * get that last reason from its source.
 */
function trackDestroy(stream: NodeReadable): () => boolean {
  const destinations: unknown[] = [];
  let hasLeft: boolean | undefined;
  decorate(stream, 'pipe', (pipe, args) => {
    destinations.push(args[0]);
    return pipe(...args);
  });
  decorate(stream, 'destroy', (destroy, args) => {
    hasLeft ??= destinations.some(isDestroyed) || isLeaving(args[0], stream);
    return destroy(...args);
  });
  return () => hasLeft === true;
}

function isDestroyed(destination: unknown): boolean {
  return readMember(destination, 'destroyed') === true;
}

function isLeaving(reason: unknown, stream: NodeReadable): boolean {
  if (reason === undefined || reason === null || stream.req?.aborted === true) return true;
  if (isClosedEarly(reason)) return stream.writable === undefined;
  return classifyError(reason) === 'client_cancelled';
}

function observeSdkRunner(stream: SdkRunner, observation: Observation): void {
  const onEnd = (): void => {
    if (stream.aborted) observation.cancel(true);
    else if (!stream.errored) observation.end();
    // Calling `done` before the end would mark the errors of the stream as handled.
    else stream.done().then(undefined, (error: unknown) => observation.fail(error));
  };
  stream.on('connect', () => observation.chunk(undefined));
  stream.on('end', onEnd);
  if (stream.ended) onEnd();
}
