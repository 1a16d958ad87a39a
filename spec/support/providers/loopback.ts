import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

/** A call as the server saw it. */
export interface SeenCall {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** What the server does with a call. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Several pieces are written one by one. */
  readonly body?: string | Uint8Array | readonly (string | Uint8Array)[];
  /**
   * What happens after the last piece: `break` cuts the connection off, `hang` leaves it open. `silent` leaves it open
   * without any answer.
   */
  readonly ending?: 'end' | 'break' | 'hang' | 'silent';
}

/** A server on the loopback interface that stands for every provider there is. */
export interface Loopback {
  /** Calls the server whatever the host of the URL is. */
  readonly fetch: typeof globalThis.fetch;
  readonly origin: string;
  readonly calls: SeenCall[];
  /** How the next calls are answered; the last reply also answers all calls after. */
  reply(...replies: readonly Reply[]): void;
  close(): Promise<void>;
}

/** Starts a server; of HTTP/2 without TLS, if asked, which is how the AWS SDK talks to an `http` endpoint. */
export async function startLoopback(protocol: 'http' | 'http2' = 'http'): Promise<Loopback> {
  const calls: SeenCall[] = [];
  let replies: Reply[] = [{ status: 500 }];
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    void readAll(request).then((body) => {
      const { method = '', url: path = '', headers } = request;
      calls.push({ method, path, headers, body });
      const next = replies.length > 1 ? replies.shift() : replies[0];
      send(response, next ?? {});
    });
  };
  // The compatibility API of HTTP/2 is the same as far as it is used here.
  const server = protocol === 'http' ? createServer(listener) : createHttp2Server(listener as never);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    calls,
    fetch: (input, init) => {
      const { pathname, search } = new URL(input instanceof Request ? input.url : input);
      const url = origin + pathname + search;
      return fetch(input instanceof Request ? new Request(url, input) : url, init);
    },
    reply: (...next) => {
      replies = [...next];
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A JSON body. */
export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

/** The same answer, compressed. */
export function gzip(reply: Reply): Reply {
  const pieces = [reply.body ?? []].flat() as (string | Uint8Array)[];
  const body = gzipSync(Buffer.concat(pieces.map((piece) => Buffer.from(piece as Uint8Array))));
  return { ...reply, headers: { ...reply.headers, 'content-encoding': 'gzip' }, body };
}

/** Server-sent events, each a piece of its own. */
export function events(frames: readonly string[], rest: Partial<Reply> = {}): Reply {
  return {
    headers: { 'content-type': 'text/event-stream; charset=utf-8', ...rest.headers },
    body: frames.map((frame) => `${frame}\n\n`),
    ...(rest.ending === undefined ? {} : { ending: rest.ending }),
  };
}

/** Events of data alone, as OpenAI and Google send them. */
export function dataFrames(payloads: readonly unknown[], last?: string): string[] {
  const frames = payloads.map((payload) => `data: ${JSON.stringify(payload)}`);
  return last === undefined ? frames : [...frames, `data: ${last}`];
}

/** An event that says of what type it is. */
export interface TypedEvent {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** Events with the name of their type, as Anthropic and OpenAI's responses send them. */
export function namedFrames(payloads: readonly TypedEvent[]): string[] {
  return payloads.map((payload) => `event: ${payload.type}\ndata: ${JSON.stringify(payload)}`);
}

async function readAll(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

function send(response: ServerResponse, reply: Reply): void {
  const { status = 200, headers = {}, body = [], ending = 'end' } = reply;
  if (ending === 'silent') return;
  response.writeHead(status, headers);
  response.flushHeaders();
  const pieces = Array.isArray(body) ? [...body] : [body];
  const next = (): void => {
    const piece = pieces.shift() as string | Uint8Array | undefined;
    if (piece !== undefined) response.write(piece, () => setImmediate(next));
    else if (ending === 'end') response.end();
    else if (ending === 'break') response.destroy();
  };
  next();
}
