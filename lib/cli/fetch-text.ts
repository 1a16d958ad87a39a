import { messageOf } from '../errors.js';

/** Options of {@link fetchText}. */
export interface FetchTextOptions {
  /** The `Authorization` header, such as `Bearer …`. */
  readonly authorization?: string | undefined;
  readonly accept?: string | undefined;
  /** The fields of a form, which is sent by `POST`; without one it is a `GET`. */
  readonly form?: Readonly<Record<string, string>> | undefined;
  /** Deadline of the whole exchange. */
  readonly timeoutMillis?: number | undefined;
  /** Gives up before the deadline. */
  readonly signal?: AbortSignal | undefined;
  /** A longer answer is refused. */
  readonly bytesMax?: number | undefined;
}

/** What a server answered, or why there is no answer. */
export type Fetched =
  | {
      readonly ok: true;
      readonly status: number;
      readonly contentType: string;
      readonly text: string;
      /** When the server sent it by its own clock, in milliseconds since 1970; `NaN` if it does not say. */
      readonly sentAtMs: number;
    }
  | { readonly ok: false; readonly problem: string };

const TIMEOUT_MILLIS = 5_000;
const BYTES_MAX = 64 * 1024 * 1024;

/** Reads a page as text: within a deadline, up to a size, without following a redirect to another place. */
export async function fetchText(url: string, options: FetchTextOptions = {}): Promise<Fetched> {
  const { authorization, accept, form, timeoutMillis = TIMEOUT_MILLIS, bytesMax = BYTES_MAX } = options;
  const headers = {
    ...(authorization !== undefined && { authorization }),
    ...(accept !== undefined && { accept }),
  };
  const deadline = AbortSignal.timeout(timeoutMillis);
  const signal = options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal]);
  try {
    const method = form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) };
    const response = await fetch(url, { ...method, headers, signal, redirect: 'manual' });
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > bytesMax) return { ok: false, problem: `the answer is longer than ${bytesMax} bytes` };
      chunks.push(chunk);
    }
    const text = Buffer.concat(chunks).toString();
    return {
      ok: true,
      status: response.status,
      contentType: response.headers.get('content-type') ?? '',
      text,
      sentAtMs: Date.parse(response.headers.get('date') ?? ''),
    };
  } catch (error) {
    if (deadline.aborted) return { ok: false, problem: `no answer within ${timeoutMillis} ms` };
    // fetch() says only that it failed; the cause says why.
    return { ok: false, problem: messageOf((error as Error).cause ?? error) };
  }
}
