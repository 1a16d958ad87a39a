import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';

/** Answers the requests that arrive over the connections. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** The connections to all listeners of one server. The number of open ones is limited. */
export interface Connections {
  /** Counts the connections of a server and passes its requests to a handler. Call it before the server listens. */
  serve(server: Server, handler: Handler): void;
}

/**
 * Creates a limit on open connections. Beyond it, a new connection closes the oldest one on which no request is being
 * answered, whether that is silent, half-sent or kept alive. If all are being answered, the new one is refused.
 *
 * Node's own `maxConnections` counts each listener separately and drops the new connection without an event, so that
 * a few idle ones would lock out every other client.
 *
 * Pipelined requests are read as fast as they arrive, and each is held until the page is made: a connection that
 * sends too many of them is closed.
 *
 * @param max - largest number of open connections
 */
export function createConnections(max: number): Connections {
  /** Number of requests being answered, by connection, oldest first. */
  const answers = new Map<Socket, number>();

  return {
    serve(server, handler) {
      server.on('connection', admit);
      server.on('request', (request, response) => {
        // Node still parses the requests that arrived together with the one for which the connection was closed.
        if (request.socket.destroyed) return;
        if (isAnswerable(request.socket, response)) handler(request, response);
        else request.socket.destroy();
      });
    },
  };

  function admit(socket: Socket): void {
    if (answers.size >= max && !closeOldest()) {
      socket.destroy();
      return;
    }
    answers.set(socket, 0);
    socket.once('close', () => answers.delete(socket));
  }

  function closeOldest(): boolean {
    for (const [socket, count] of answers) {
      if (count > 0) continue;
      answers.delete(socket);
      socket.destroy();
      return true;
    }
    return false;
  }

  function isAnswerable(socket: Socket, response: ServerResponse): boolean {
    if ((answers.get(socket) ?? 0) >= INPUT_LIMITS.pipelined.value) return false;
    add(socket, 1);
    response.once('close', () => add(socket, -1));
    return true;
  }

  function add(socket: Socket, count: number): void {
    const answered = answers.get(socket);
    if (answered !== undefined) answers.set(socket, answered + count);
  }
}
