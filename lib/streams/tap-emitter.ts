import { errorMonitor } from 'node:events';
import { isClosedEarly } from '../errors/broken-pipe.js';
import { classifyError } from '../errors/classify-error.js';
import { decorate, methodOf } from './define.js';
import type { StreamEnd } from './stream-end.js';

type On = (event: string | symbol, listener: (...args: unknown[]) => void) => unknown;

interface NodeReadable {
  readonly on: On;
  readonly readableEnded: boolean;
  readonly readableDidRead: boolean;
  readonly destroyed: boolean;
  /** Only of streams that are written to as well. */
  readonly writable?: boolean;
  /** Only of answers of Node's HTTP client, whose request the pipe of a consumer that leaves aborts. */
  readonly req?: { readonly aborted?: boolean };
}

interface Destination {
  readonly destroyed?: boolean;
}

/** `MessageStream` of Anthropic, `ChatCompletionStream` of OpenAI: they read by themselves and tell by events. */
interface SdkRunner {
  readonly on: On;
  readonly done: () => Promise<void>;
  readonly ended: boolean;
  readonly errored: boolean;
  readonly aborted: boolean;
}

/** Whether a value is a stream that ends by an event, however it is consumed. */
export function isEmitter(value: object): boolean {
  return isNodeReadable(value) || isSdkRunner(value);
}

/** Listens to the events of a stream that tells of itself. */
export function tapEmitter(stream: object, end: StreamEnd): void {
  if (isNodeReadable(stream)) tapNodeReadable(stream, end);
  else if (isSdkRunner(stream)) tapSdkRunner(stream, end);
}

function isNodeReadable(value: object): value is NodeReadable {
  return (
    methodOf(value, 'on') !== undefined && methodOf(value, 'pipe') !== undefined && 'readableEnded' in value
  );
}

function isSdkRunner(value: object): value is SdkRunner {
  const hasMethods = methodOf(value, 'on') !== undefined && methodOf(value, 'done') !== undefined;
  return hasMethods && 'ended' in value && 'errored' in value && 'aborted' in value;
}

function tapNodeReadable(stream: NodeReadable, end: StreamEnd): void {
  const isLeft = noteWhoLeft(stream);
  stream.on('end', () => end.done());
  // A listener to `error` itself would keep Node from throwing the errors that nobody handles.
  stream.on(errorMonitor, (error) => {
    if (stream.readableDidRead) end.chunk();
    if (isLeft()) end.aborted();
    else end.failed(error);
  });
  stream.on('close', () => end.aborted());
  if (stream.readableEnded) end.done();
  else if (stream.destroyed) end.aborted();
}

/**
 * Notes, when a stream is destroyed, whether its consumer left it. Node destroys all streams of a pipe when one breaks,
 * and the error that is emitted later does not tell which; but what this one is piped to is destroyed before it only
 * if it broke first. Otherwise the reason tells: none, an abort, or that a pipe was closed too early, unless this
 * stream is written to as well, when what fills it can say so, too.
 */
function noteWhoLeft(stream: NodeReadable): () => boolean {
  const destinations: Destination[] = [];
  let isLeft: boolean | undefined;
  decorate(stream, 'pipe', (pipe) => (destination: Destination, ...options: unknown[]) => {
    destinations.push(destination);
    return pipe(destination, ...options);
  });
  decorate(stream, 'destroy', (destroy) => (...args: unknown[]) => {
    isLeft ??= destinations.some((destination) => destination?.destroyed) || isLeaving(args[0], stream);
    return destroy(...args);
  });
  return () => isLeft === true;
}

function isLeaving(reason: unknown, stream: NodeReadable): boolean {
  if (reason === undefined || reason === null || stream.req?.aborted === true) return true;
  if (isClosedEarly(reason)) return stream.writable === undefined;
  return classifyError(reason) === 'client_cancelled';
}

function tapSdkRunner(stream: SdkRunner, end: StreamEnd): void {
  const onEnd = (): void => {
    if (stream.aborted) end.aborted();
    else if (!stream.errored) end.done();
    // Only now: asked before the end, `done` would tell the stream that its errors are handled.
    else stream.done().then(undefined, (error: unknown) => end.failed(error));
  };
  stream.on('connect', () => end.chunk());
  stream.on('end', onEnd);
  if (stream.ended) onEnd();
}
