import { readMember } from '../errors/classify-error.js';
import { current } from '../metrics/recorder.js';
import { guard } from '../requests/guard.js';
import { methodOf } from '../streams/methods.js';
import { text } from '../wire/json.js';
import { resolveSocketOptions } from './fetch-options.js';
import type { HostFunction, HostOptions } from './host-options.js';
import { observeSocket } from './observe-socket.js';
import { createRecognise, type Recognise } from './recognise.js';
import { SocketRequests } from './socket-requests.js';

/** Options of {@link instrumentWebSocket}. */
export interface InstrumentWebSocketOptions {
  /** Further hosts, as those of `instrumentFetch`: `{ 'localhost:8000': { provider: 'vllm' } }`. */
  readonly hosts?: Readonly<Record<string, HostOptions | HostFunction>> | undefined;
}

/**
 * Observes the requests that are made over a WebSocket: OpenAI's Realtime API, also on Azure and on hosts that are
 * compatible, and Gemini's Live API.
 *
 * Pass a class to get one that observes its sockets: `globalThis.WebSocket = instrumentWebSocket(globalThis.WebSocket)`,
 * or `instrumentWebSocket(WebSocket)` of `ws`. Or pass a socket that was just made, which is returned: clients that make
 * their own show it, such as `socket` of `OpenAIRealtimeWS`. Only sockets whose URL is recognised are observed.
 *
 * Each response is one request, whose answer ends with `response.done` (OpenAI) or `turnComplete` (Gemini): its usage by
 * modality, its cost and the time to its first output are recorded. An answer that is cancelled or that the user
 * interrupts is `client_cancelled`, as is one whose socket the user closes; one whose connection is lost is
 * `stream_interrupted`. A connection that cannot be opened is one failed request. Each transcription of the user's
 * audio by OpenAI is a request of the operation `transcription`.
 *
 * All listeners get the same events in the same order; no message is changed, delayed or kept. A `Blob`, which the
 * global WebSocket makes of a binary message by default, is read a second time; set `binaryType` to `arraybuffer` to
 * avoid that. Before `initMonitoring` and after `shutdown` nothing is recorded.
 *
 * @param WebSocket - a class, or a socket; it is returned, or a class that makes its sockets.
 * @param options - see {@link InstrumentWebSocketOptions}; they are read once.
 * @throws {MonitoringError} ERR_INVALID_CONFIG if either is invalid, with a list of all problems.
 */
export function instrumentWebSocket<Socket extends object>(
  WebSocket: Socket,
  options: InstrumentWebSocketOptions = {},
): Socket {
  const isClass = typeof WebSocket === 'function';
  const isSocket = !isClass && typeof readMember(WebSocket, 'send') === 'function';
  const problem =
    isClass || isSocket
      ? undefined
      : 'pass a WebSocket class or a socket: that of `ws`, or the global one, which Node.js has from 22 on';
  const recognise = createRecognise(resolveSocketOptions(WebSocket, problem, options), () =>
    current.recorder.drop('invalid_value', 'hosts'),
  );
  if (isSocket) {
    observe(WebSocket, recognise);
    return WebSocket;
  }
  const observed: Socket = new Proxy(WebSocket, {
    construct(target, args, newTarget) {
      // Without this, the class would have the proxy as its `new.target`.
      const socket = Reflect.construct(
        target as never,
        args,
        newTarget === observed ? (target as never) : newTarget,
      );
      observe(socket as object, recognise);
      return socket as object;
    },
  });
  return observed;
}

function observe(socket: object, recognise: Recognise): void {
  guard(current.recorder, 'websocket', () => {
    const url = text(readMember(socket, 'url'));
    if (url === undefined || !/^wss?:/i.test(url)) return;
    const target = recognise(url.replace(/^ws/i, 'http'));
    if (target?.createSession === undefined || methodOf(socket, 'addEventListener') === undefined) return;
    const query = new URL(url).searchParams;
    const requests = new SocketRequests(target);
    const model = text(query.get('model')) ?? text(query.get('deployment'));
    observeSocket(socket, { session: target.createSession(query, requests), requests, model });
  });
}
