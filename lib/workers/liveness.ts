import { linkSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { isId, lifeFile } from './file-names.js';

/** What the socket of a life says: `dead` if nobody listens any more, `missing` if it is gone. */
export type SocketState = 'alive' | 'dead' | 'missing';

/** Tells the living from the dead by sockets, which end with their process however it ends, and with nothing else. */
export interface Liveness {
  /**
   * Listens under the id of a life, and no more under the one before. The socket is there when the function returns.
   *
   * @returns a promise that rejects where the system refuses.
   */
  start(id: string): Promise<void>;
  /** Connects to the sockets of other lives, for a second at most. One that does not answer is alive. */
  look(ids: readonly string[]): Promise<ReadonlyMap<string, SocketState>>;
  /**
   * Keeps a connection to another life, which costs nothing until one of the two ends.
   *
   * @param own - the id under which this worker is known to the other one.
   * @returns once the connection has ended, whether there was one.
   */
  attach(to: string, own: string): Promise<boolean>;
  /** Whether a life keeps a connection to this one, and so is alive. */
  isAttached(id: string): boolean;
  stop(): void;
}

/** Sockets connected to at once. */
const CONCURRENCY = 32;
/** A local socket connects or fails at once; this is for systems that know better. */
const TIMEOUT_MILLIS = 1_000;
/** More workers than that are looked at each second instead. */
const ATTACHED_MAX = 1_024;

/** What certainly means that nobody listens. Anything else, a full queue or a lack of files, says nothing of the kind. */
const STATES: Readonly<Record<string, SocketState>> = Object.assign(Object.create(null), {
  ECONNREFUSED: 'dead',
  // macOS, where something else than a socket has the name.
  ENOTSOCK: 'dead',
  ENOENT: 'missing',
});

/**
 * @param folder - the folder of the group.
 * @param onVisit - is called when somebody connects, to look whether this worker is alive.
 */
export function createLiveness(folder: string, onVisit: () => void): Liveness {
  let listening: { readonly server: Server; readonly path: string } | undefined;
  let attachment: Socket | undefined;
  const attached = new Map<string, Socket>();
  const pathOf = (id: string): string => `${folder}/${lifeFile('s', id)}`;

  function receive(visitor: Socket): void {
    visitor.unref();
    visitor.on('error', () => {});
    visitor.once('data', (bytes) => {
      const id = bytes.toString('latin1');
      if (!isId(id) || attached.size >= ATTACHED_MAX) return visitor.destroy();
      attached.get(id)?.destroy();
      attached.set(id, visitor);
      // Nothing more is read from it.
      visitor.on('data', () => visitor.destroy());
      return undefined;
    });
    visitor.once('close', () => {
      for (const [id, socket] of attached) if (socket === visitor) attached.delete(id);
    });
    onVisit();
  }

  function close(): void {
    if (listening === undefined) return;
    listening.server.close();
    rmSync(listening.path, { force: true });
    listening = undefined;
  }

  return {
    start(id) {
      const server = createServer(receive);
      const path = pathOf(id);
      // Somebody has removed the socket of this life, which then listens where nobody finds it.
      if (listening?.path === path) close();
      const started = listen(server, `${folder}/l.${id}`, path);
      close();
      listening = { server, path };
      // The worker that this one is attached to knows it by the id before.
      attachment?.destroy();
      return started;
    },
    async look(ids) {
      const states = new Map<string, SocketState>();
      const open = [...ids];
      const until = performance.now() + TIMEOUT_MILLIS;
      const next = async (): Promise<void> => {
        for (let id = open.pop(); id !== undefined; id = open.pop()) {
          const isLate = performance.now() > until;
          states.set(id, isLate ? 'alive' : await stateOf(pathOf(id)));
        }
      };
      await Promise.all(Array.from({ length: Math.min(CONCURRENCY, ids.length) }, next));
      return states;
    },
    attach: (to, own) =>
      new Promise((resolve) => {
        let isConnected = false;
        const socket = connect({ path: pathOf(to) }, () => {
          isConnected = true;
          socket.write(own);
        });
        attachment?.destroy();
        attachment = socket.unref();
        socket
          .on('error', () => {})
          .on('close', () => resolve(isConnected))
          // Whoever ends sends nothing else, and what another program sends is not read.
          .resume();
      }),
    isAttached: (id) => attached.has(id),
    stop() {
      close();
      attachment?.destroy();
      for (const visitor of attached.values()) visitor.destroy();
    },
  };
}

/**
 * Listens under a first name, and only then has the name by which others find it: a socket refuses between the moment in
 * which it has its name and the one in which it listens, and would be taken for dead.
 */
function listen(server: Server, firstPath: string, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // Another start may close it before it has told that it listens.
    server.once('close', resolve);
    // Without `exclusive`, the workers of a cluster would all share one socket of the primary.
    server.listen({ path: firstPath, exclusive: true }, () => {
      server.off('error', reject);
      // Nothing that fails later is a reason to end the process; whoever connects then finds nobody.
      server.on('error', () => {});
      resolve();
    });
    server.unref();
    try {
      linkSync(firstPath, path);
    } catch (error) {
      server.close();
      reject(error);
    }
    rmSync(firstPath, { force: true });
  });
}

function stateOf(path: string): Promise<SocketState> {
  return new Promise((resolve) => {
    let socket: Socket | undefined;
    const end = (state: SocketState): void => {
      clearTimeout(timer);
      socket?.destroy();
      resolve(state);
    };
    // Both keep the process for this moment: a program may have nothing else to do than to wait for its start.
    const timer = setTimeout(end, TIMEOUT_MILLIS, 'alive');
    socket = connect({ path })
      .on('connect', () => end('alive'))
      .on('error', (error: NodeJS.ErrnoException) => end(STATES[error.code ?? ''] ?? 'alive'));
  });
}
