import type { StatusDocument } from '../status/status-document.js';
import { isContinuation, mergeHistory } from './merge-history.js';

const INTERVAL_MILLIS = 1000;
const RETRY_MAX_MILLIS = 5000;
const TIMEOUT_MILLIS = 10_000;
const REFUSAL_LENGTH_MAX = 300;

/** How it stands with the server. */
export type Connection =
  | { readonly kind: 'live' }
  /** It demands a token; `isWrong` where it refused one. */
  | { readonly kind: 'token'; readonly isWrong: boolean }
  /** It does not answer, or not with a status; `since` in milliseconds since 1970. */
  | { readonly kind: 'gone'; readonly reason: string; readonly since: number };

/** What the poller tells the page. */
export interface PollerListener {
  onDocument(document: StatusDocument): void;
  onConnection(connection: Connection): void;
}

/** Fetches the status each second, as long as somebody can see it. */
export interface StatusPoller {
  /** Goes on with a token, which is kept here only. */
  useToken(token: string): void;
}

class Unauthorized extends Error {}

export function startPolling({ onDocument, onConnection }: PollerListener): StatusPoller {
  let known: StatusDocument | undefined;
  let authorization: string | undefined;
  let failures = 0;
  let goneSince: number | undefined;
  let isAwaitingToken = false;
  let isRunning = false;
  let timer: number | undefined;

  const poll = async () => {
    const next = await fetchStatus(authorization, known?.times.at(-1));
    if (known === undefined) known = next;
    else if (isContinuation(known, next)) known = mergeHistory(known, next);
    else known = await fetchStatus(authorization, undefined);
    onDocument(known);
    failures = 0;
    goneSince = undefined;
    onConnection({ kind: 'live' });
  };

  const onFailure = (error: unknown) => {
    if (error instanceof Unauthorized) {
      onConnection({ kind: 'token', isWrong: authorization !== undefined });
      authorization = undefined;
      isAwaitingToken = true;
      return;
    }
    failures += 1;
    goneSince ??= Date.now();
    onConnection({ kind: 'gone', reason: reasonOf(error), since: goneSince });
  };

  const run = async () => {
    window.clearTimeout(timer);
    if (isRunning || isAwaitingToken || document.hidden) return;
    isRunning = true;
    const startedAt = performance.now();
    await poll().catch(onFailure);
    isRunning = false;
    const pause = failures > 1 ? Math.min(RETRY_MAX_MILLIS, failures * INTERVAL_MILLIS) : INTERVAL_MILLIS;
    timer = window.setTimeout(() => void run(), Math.max(0, pause - (performance.now() - startedAt)));
  };

  document.addEventListener('visibilitychange', () => void run());
  void run();
  return {
    useToken(token) {
      authorization = headerOf(token);
      isAwaitingToken = false;
      void run();
    },
  };
}

/** The header of a token, which may have been copied with its scheme. */
function headerOf(token: string): string {
  return `Bearer ${token.trim().replace(/^bearer\s+/i, '')}`;
}

async function fetchStatus(
  authorization: string | undefined,
  since: number | undefined,
): Promise<StatusDocument> {
  const headers = new Headers({ accept: 'application/json' });
  try {
    if (authorization !== undefined) headers.set('authorization', authorization);
  } catch {
    // No header can carry these characters, so that no server can have this token.
    throw new Unauthorized();
  }
  const response = await fetch(since === undefined ? 'api/v1/status' : `api/v1/status?since=${since}`, {
    headers,
    cache: 'no-store',
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MILLIS),
  }).catch((cause: unknown) => {
    throw new Error('The server does not answer', { cause });
  });
  if (response.status === 401) throw new Unauthorized();
  if (!response.ok) throw new Error(await refusalOf(response));
  const answer = (await response.json()) as StatusDocument;
  if (answer.schemaVersion !== 1)
    throw new Error('The server answers with a format that this page does not know');
  return answer;
}

/** What the server says about why there is no status, cut to a line. */
async function refusalOf(response: Response): Promise<string> {
  const isText = response.headers.get('content-type')?.startsWith('text/plain') ?? false;
  const text = isText ? (await response.text()).trim().slice(0, REFUSAL_LENGTH_MAX) : '';
  return `The server answers with status ${response.status}${text === '' ? '' : `: ${text}`}`;
}

function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return "The server's answer is not a status document";
  if (error instanceof DOMException) return 'The server does not answer in time';
  return error instanceof Error ? error.message : `${error}`;
}
