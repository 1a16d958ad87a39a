import { subscribe } from 'node:diagnostics_channel';
import { current, type SeenBy } from '../metrics/recorder.js';
import { activeContext } from '../requests/context.js';
import { countFailure } from '../requests/guard.js';
import type { LookAtCall } from './first-call.js';
import type { Recognise } from './recognise.js';
import { type Suspect, suspectOf } from './suspect.js';
import type { Target } from './target.js';
import { countUnrecognised, examinedCall, foreignCalls, isCounted, type KnownCall } from './unrecognised.js';
import { withOneLoopback } from './url-parts.js';

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

/** What the headers of a stream of HTTP/2 say of the request. */
type Http2Headers = Readonly<Record<string, unknown>>;

/** Only these are examined. */
const POST = { method: 'POST' };

/** A header that only clients of Anthropic send, whose path others have, too. */
const ANTHROPIC_HEADER = 'anthropic-version';

/**
 * Counts calls to models that do not pass an instrumented fetch: those of a fetch that was captured before it was
 * replaced, of undici, of `node:http` and, except on Node.js 20, of `node:http2`. They are found by what Node.js and undici publish of each request. Bodies
 * are not read, so that a call to an unknown host is counted only where its path tells it.
 *
 * @param recognise - recognises the known hosts.
 * @param look - called before a request is examined.
 */
export function watchForeignCalls(recognise: Recognise, look?: LookAtCall): void {
  const examine = createExamine(recognise, look);
  foreignCalls.areWatched = true;
  subscribe('undici:request:create', (message) => {
    const { request } = message as { readonly request: UndiciRequest };
    if (request.method !== 'POST') return;
    const hasHeader = (): boolean => String(request.headers).toLowerCase().includes(ANTHROPIC_HEADER);
    examine(urlOf(request.path, `${request.origin}`), 'undici', hasHeader);
  });
  subscribe('http.client.request.start', (message) => {
    const { request } = message as { readonly request: HttpRequest };
    if (request.method !== 'POST') return;
    const hasHeader = (): boolean => request.getHeader(ANTHROPIC_HEADER) !== undefined;
    examine(urlOf(request.path, `${request.protocol}//${request.getHeader('host')}`), 'http', hasHeader);
  });
  // The AWS SDK calls Bedrock by HTTP/2. Node.js 20 does not publish such requests.
  subscribe('http2.client.stream.created', (message) => {
    const { headers } = message as { readonly headers: Http2Headers };
    if (headers[':method'] !== 'POST') return;
    const hasHeader = (): boolean => headers[ANTHROPIC_HEADER] !== undefined;
    examine(urlOf(headers[':path'], `${headers[':scheme']}://${headers[':authority']}`), 'http', hasHeader);
  });
}

/** The URL of a request. A proxy for HTTP is sent the whole URL as the path. */
function urlOf(path: unknown, origin: string): string {
  const text = String(path);
  return text.startsWith('/') ? origin + text : text;
}

type Examine = (url: string, seenBy: SeenBy, isAnthropic: () => boolean) => void;

function createExamine(recognise: Recognise, look: LookAtCall | undefined): Examine {
  return (url, seenBy, isAnthropic) => {
    look?.(url, POST);
    const { recorder } = current;
    if (!recorder.enabled) return;
    try {
      const target = recognise(url);
      const call = target === undefined ? toldByPath(url, isAnthropic) : knownCall(target);
      if (call === undefined) return;
      const active = activeContext();
      if (isCounted(active) || examinedCall(active)?.hostAndPath === call.hostAndPath) return;
      countUnrecognised(recorder, call, { seenBy });
    } catch {
      countFailure(recorder, 'fetch');
    }
  };
}

function toldByPath(url: string, isAnthropic: () => boolean): Suspect | undefined {
  const suspect = suspectOf(url);
  if (suspect === undefined || suspect.isSure || suspect.isDistinctive) return suspect;
  return suspect.api === 'anthropic' && isAnthropic() ? suspect : undefined;
}

/** A call to a known host, unless it is no request to a model. */
function knownCall({ hostAndPath, method, isLater, createSession }: Target): KnownCall | undefined {
  if (method !== undefined || isLater || createSession !== undefined) return undefined;
  const host = withOneLoopback(hostAndPath.slice(0, hostAndPath.indexOf('/')));
  return { host, hostAndPath, pathEnd: hostAndPath.slice(hostAndPath.lastIndexOf('/')) };
}
