import { errorMonitor } from 'node:events';
import { methodOf } from './define.js';
import type { StreamEnd } from './stream-end.js';

type On = (event: string | symbol, listener: (...args: unknown[]) => void) => unknown;

interface NodeReadable {
  readonly on: On;
  readonly readableEnded: boolean;
  readonly readableDidRead: boolean;
  readonly destroyed: boolean;
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
  stream.on('end', () => end.done());
  // A listener to `error` itself would keep Node from throwing the errors that nobody handles.
  stream.on(errorMonitor, (error) => {
    if (stream.readableDidRead) end.chunk();
    end.failed(error);
  });
  stream.on('close', () => end.aborted());
  if (stream.readableEnded) end.done();
  else if (stream.destroyed) end.aborted();
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
