import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { type Push, readPush, readSpanNames } from './otlp-receiver.js';

/** One request that the receiver got. */
export interface HttpRequest {
  /** The path and the query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** The names of the spans; empty for metrics. */
  readonly spanNames: readonly string[];
  /** The numbers of a push; empty for spans. */
  readonly push: Push;
}

/** An answer other than an empty success. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** A Collector that takes OTLP over HTTP and keeps what it is sent. */
export interface HttpReceiver {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly requests: readonly HttpRequest[];
  close(): Promise<void>;
}

/**
 * Starts a server that takes spans and metrics as Protocol Buffers over HTTP.
 *
 * @param answer - what a request is answered with: nothing at all, a connection that is cut, a byte from time to time
 * without an end, or success, which is the default.
 */
export async function startHttpReceiver(
  answer: (request: HttpRequest) => HttpAnswer | 'silence' | 'cut' | 'drip' | undefined = () => undefined,
  tls?: TlsOptions,
): Promise<HttpReceiver> {
  const requests: HttpRequest[] = [];
  const sockets = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  const listener: RequestListener = (incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { url = '', headers } = incoming;
      const body = Buffer.concat(chunks);
      const message = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
      const isPush = url.includes('metrics');
      const request = {
        url,
        headers,
        spanNames: isPush ? [] : readSpanNames(message),
        push: isPush ? readPush(message) : {},
      };
      requests.push(request);
      const given = answer(request);
      if (given === 'silence') return;
      if (given === 'cut') {
        incoming.socket.destroy();
        return;
      }
      if (given === 'drip') {
        response.writeHead(503);
        timers.add(setInterval(() => response.write('.'), 10));
        return;
      }
      response.writeHead(given?.status ?? 200, given?.headers);
      response.end(given?.body);
    });
  };
  const server: Server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const scheme = tls === undefined ? 'http' : 'https';
  return {
    origin: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close() {
      for (const timer of timers) clearInterval(timer);
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
