import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';

/** What answers the requests that come over the connections. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** The connections to all listeners of one server, of which only so many may be open. */
export interface Connections {
  /** Counts the connections of a server, and has a handler answer on them. Call it before the server listens. */
  serve(server: Server, handler: Handler): void;
}

/**
 * Makes room for each new connection: beyond the limit the oldest one is closed on which no request is being
 * answered, be it silent, half-sent or kept alive. Where all are being answered the new one is refused.
 *
 * Node's own `maxConnections` counts each listener by itself, and drops the new connection before anybody hears of
 * it, so that a few idle ones would shut everybody else out.
 *
 * Requests that are sent without waiting for answers are read as fast as they come, and each is held until the page is
 * there: a connection that sends too many of them is closed.
 *
 * @param max - the most that may be open at once
 */
export function createConnections(max: number): Connections {
  /** The number of answers under way, by connection, oldest first. */
  const answers = new Map<Socket, number>();

  return {
    serve(server, handler) {
      server.on('connection', admit);
      server.on('request', (request, response) => {
        // Node goes on to read what came together with the request for which the connection was closed.
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
