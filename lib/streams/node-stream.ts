import { classifyError, isClosedEarly, readMember } from '../errors/classify-error.js';
import { decorate, methodOf } from './methods.js';
import type { Observation } from './observation.js';

interface NodeReadable {
  readonly readableEnded: boolean;
  readonly destroyed: boolean;
  readonly readableEncoding?: BufferEncoding | null;
  /** Only of streams that are written to as well. */
  readonly writable?: boolean;
  /** Only of answers of Node's HTTP client, whose request is aborted by the pipe of a consumer that leaves. */
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

/** Observes a stream that ends by an event, however it is consumed; returns whether the value is one. */
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
 * Observes the events of a Node stream where they are emitted: a `data` listener would make the stream flow, and an
 * `error` listener would hide errors that nothing handles. Every chunk that a consumer reads is emitted as `data`, also
 * to `read()`, to pipes and to iterators.
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

/** Chunks are text after `setEncoding`, and in streams of objects. */
function toBytes(chunk: unknown, { readableEncoding }: NodeReadable): unknown {
  return typeof chunk === 'string' ? Buffer.from(chunk, readableEncoding ?? 'utf8') : chunk;
}

/**
 * Notes, when a stream is destroyed, whether its consumer left it. Node destroys all streams of a pipe when one breaks,
 * and the error that is emitted later does not tell which; but the destination of this one is destroyed before it only
 * if the destination broke first. Otherwise the reason tells: none, an abort, or that a pipe was closed too early. A
 * stream that is also written to may get that last reason from its source.
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
    // Only now: a call of `done` before the end would mark the errors of the stream as handled.
    else stream.done().then(undefined, (error: unknown) => observation.fail(error));
  };
  stream.on('connect', () => observation.chunk(undefined));
  stream.on('end', onEnd);
  if (stream.ended) onEnd();
}
