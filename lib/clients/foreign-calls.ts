import { subscribe } from 'node:diagnostics_channel';
import { current, type SeenBy } from '../metrics/recorder.js';
import { activeContext } from '../requests/context.js';
import { countFailure } from '../requests/guard.js';
import type { Recognise } from './recognise.js';
import { suspectOf } from './suspect.js';
import { countUnrecognised, examinedCall, isCounted } from './unrecognised.js';

/** The part of a request of undici that is read. */
interface UndiciRequest {
  readonly method?: unknown;
  readonly origin?: unknown;
  readonly path?: unknown;
  /** Names and values in turn. Older versions have a text. */
  readonly headers?: unknown;
}

/** The part of a `ClientRequest` that is read. */
interface HttpRequest {
  readonly method?: unknown;
  readonly path?: unknown;
  readonly protocol?: unknown;
  getHeader(name: string): unknown;
}

/** A header that only clients of Anthropic send, whose path others have, too. */
const ANTHROPIC_HEADER = 'anthropic-version';

/**
 * Counts calls to models that do not pass an instrumented fetch: those of a fetch that was captured before it was
 * replaced, of undici, and of `node:http`. They are found by what Node.js and undici publish of each request. Bodies
 * are not read, so that a call to an unknown host is counted only where its path tells it.
 *
 * @param recognise - recognises the known hosts.
 */
export function watchForeignCalls(recognise: Recognise): void {
  subscribe('undici:request:create', (message) => {
    const { request } = message as { readonly request: UndiciRequest };
    if (request.method !== 'POST') return;
    const hasHeader = (): boolean => String(request.headers).toLowerCase().includes(ANTHROPIC_HEADER);
    examine(`${request.origin}${request.path}`, 'undici', hasHeader, recognise);
  });
  subscribe('http.client.request.start', (message) => {
    const { request } = message as { readonly request: HttpRequest };
    if (request.method !== 'POST') return;
    const hasHeader = (): boolean => request.getHeader(ANTHROPIC_HEADER) !== undefined;
    const { path, protocol } = request;
    // A proxy for HTTP is sent the whole URL.
    const url = String(path).startsWith('/')
      ? `${protocol}//${request.getHeader('host')}${path}`
      : String(path);
    examine(url, 'http', hasHeader, recognise);
  });
}

function examine(url: string, seenBy: SeenBy, isAnthropic: () => boolean, recognise: Recognise): void {
  const { recorder } = current;
  if (!recorder.enabled) return;
  try {
    const suspect = suspectOf(url);
    if (suspect === undefined) return;
    const isKnownHost = recognise(url) !== undefined;
    const isModelCall =
      isKnownHost ||
      suspect.isSure ||
      suspect.isDistinctive ||
      (suspect.api === 'anthropic' && isAnthropic());
    if (!isModelCall) return;
    const active = activeContext();
    if (isCounted(active) || examinedCall(active)?.hostAndPath === suspect.hostAndPath) return;
    countUnrecognised(recorder, suspect, seenBy, isKnownHost);
  } catch {
    countFailure(recorder, 'fetch');
  }
}
