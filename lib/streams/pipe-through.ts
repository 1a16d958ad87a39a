import { methodOf } from './define.js';

interface Transform {
  readonly readable: unknown;
  readonly writable?: { readonly locked?: boolean };
}

/**
 * Pipes a stream through a transform by its own `pipeTo`, as the standard does, where the runtime's method would pipe it
 * unseen. What cannot be piped is refused by that, in its own words.
 */
export function pipeThroughBy(
  stream: object,
  pipeThrough: (...args: unknown[]) => unknown,
  transform: unknown,
  options: unknown,
): unknown {
  const { readable, writable } = (transform ?? {}) as Partial<Transform>;
  const isReady = !isLocked(stream) && writable?.locked === false;
  if (!isReady) return pipeThrough(transform, options);
  const pipe = methodOf(stream, 'pipeTo') as (destination: unknown, options: unknown) => Promise<void>;
  pipe(writable, options).catch(() => undefined);
  return readable;
}

/** Whether a reader has the stream, so that nobody else can read, pipe or cancel it. */
export function isLocked(stream: object): boolean {
  return (stream as { readonly locked?: unknown }).locked === true;
}

/** Whether the options of a pipe or an iterator leave the stream to be read on, when they stop before its end. */
export function preventsCancel(options: unknown): boolean {
  return Boolean((options as { readonly preventCancel?: unknown } | null | undefined)?.preventCancel);
}
