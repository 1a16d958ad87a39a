import { hasSubscribers, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { activeContext, surroundingsOf } from '../requests/context.js';

/** Where undici, and so the global `fetch`, announces a request whose headers may still be changed. */
const CREATED = 'undici:request:create';

/** The headers of which only the last one is valid, that of the innermost span. */
const SINGLE = new Set(['traceparent', 'tracestate']);

/** The members of undici's request that are used. */
interface CreatedRequest {
  /** Names and values in turn; one text with a line for each header in undici 5, which Node.js 20 began with. */
  headers?: unknown;
}

/**
 * Makes sure that a request of an observed call has one trace, where an instrumentation of undici adds the context of its
 * span to a request that has that of ours already: a server would see both, joined in one header, and reject them.
 *
 * Call it before each request. Subscribers run in the order in which they subscribed, and this one must be the last.
 */
export function keepOneTrace(): void {
  unsubscribe(CREATED, onCreated);
  if (hasSubscribers(CREATED)) subscribe(CREATED, onCreated);
}

function onCreated(message: unknown): void {
  try {
    const { request } = message as { readonly request: CreatedRequest };
    if (surroundingsOf(activeContext()).fetch === undefined) return;
    const { headers } = request;
    if (Array.isArray(headers)) dropRepeated(headers);
    else if (typeof headers === 'string') request.headers = withoutRepeated(headers);
  } catch {
    // The request is not what it is in the versions that are known. It is sent as it is.
  }
}

/** Removes what a later header of the same name replaces. */
function dropRepeated(headers: unknown[]): void {
  const later = new Set<string>();
  for (let at = headers.length - 2; at >= 0; at -= 2) {
    const name = String(headers[at]).toLowerCase();
    // Baggage may come from several sources, so that only an equal one is a repetition.
    const key = SINGLE.has(name)
      ? name
      : name === 'baggage'
        ? `${name}: ${String(headers[at + 1])}`
        : undefined;
    if (key === undefined) continue;
    if (later.has(key)) headers.splice(at, 2);
    later.add(key);
  }
}

function withoutRepeated(text: string): string {
  const headers = text.split('\r\n').flatMap((line) => {
    const colon = line.indexOf(':');
    return colon < 0 ? [] : [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  dropRepeated(headers);
  return headers.map((item, at) => (at % 2 === 0 ? `${item}: ` : `${item}\r\n`)).join('');
}
