import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The connections to all listeners of one server, of which only so many may be open. */
export interface Connections {
  /** Counts the connections of a server, and what it answers on them. Call it before the server listens. */
  watch(server: Server): void;
}

/**
 * Makes room for each new connection: beyond the limit the oldest one is closed on which no request is being
 * answered, be it silent, half-sent or kept alive. Where all are being answered the new one is refused.
 *
 * Node's own `maxConnections` counts each listener by itself, and drops the new connection before anybody hears of
 * it, so that a few idle ones would shut everybody else out.
 *
 * @param max - the most that may be open at once
 */
export function createConnections(max: number): Connections {
  /** The number of answers under way, by connection, oldest first. */
  const answers = new Map<Socket, number>();

  return {
    watch(server) {
      server.on('connection', admit);
      server.on('request', ({ socket }, response) => answering(socket, response));
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

  function answering(socket: Socket, response: ServerResponse): void {
    add(socket, 1);
    response.once('close', () => add(socket, -1));
  }

  function add(socket: Socket, count: number): void {
    const answered = answers.get(socket);
    if (answered !== undefined) answers.set(socket, answered + count);
  }
}
