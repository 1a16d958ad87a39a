import { readMember } from '../errors/classify-error.js';

export type Fetch = typeof globalThis.fetch;
export type Input = Parameters<Fetch>[0];
export type Init = Parameters<Fetch>[1];

/** Whether a call is made with a `Request`, of this realm, of another one, or of a package. */
export function isRequest(input: Input): input is Request {
  return typeof input === 'object' && input !== null && 'url' in input;
}

/** The URL that is called; `undefined` where nothing says one. */
export function urlOf(input: Input): string | undefined {
  if (typeof input === 'string') return input;
  const url = readMember(input, 'url') ?? readMember(input, 'href');
  return typeof url === 'string' ? url : undefined;
}

/** The method in capitals; `undefined` where none is named, or where a getter throws. */
export function methodOf(input: Input, init: Init): string | undefined {
  try {
    const method = init?.method ?? (isRequest(input) ? input.method : undefined);
    return typeof method === 'string' ? method.toUpperCase() : undefined;
  } catch {
    // The fetch that is handed the same init and input says so.
    return undefined;
  }
}

/** The signal that stops a call. */
export function signalOf(input: Input, init: Init): AbortSignal | null | undefined {
  return init?.signal ?? (isRequest(input) ? input.signal : undefined);
}

/** The headers of a call, as they were given. */
export function headersOf(input: Input, init: Init): NonNullable<Init>['headers'] {
  return init?.headers ?? (isRequest(input) ? input.headers : undefined);
}
