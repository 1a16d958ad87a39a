import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { eventually } from './eventually.js';
import { type Reaper, startReaper } from './reaper.js';

/** What a worker recorded in all, when it told so on its own clock. */
export interface Tally {
  readonly requests: number;
  readonly costUsd: number;
  readonly atMs: number;
}

/** What a worker says of itself once it has started. */
interface Hello {
  readonly name: string;
  readonly pid: number;
  readonly isThread: boolean;
  readonly metricsUrl?: string;
  /** The code of the error of `initMonitoring()`. */
  readonly refusal?: string;
}

/** A worker of `spec/e2e/workers`, a process or a thread, whoever started it. */
export interface Member extends Hello {
  /** All that it told, the newest last. It knows of no record that it did not tell in the same turn of its event loop. */
  readonly tallies: readonly Tally[];
  readonly isGone: boolean;
  /** Has it start to record. */
  record(): void;
  /** Resolves once it records no more. */
  pause(): Promise<void>;
  /** Ends it, and resolves once it is gone: `end` shuts monitoring down first, `exit` does not, `terminate` is for threads. */
  leave(how: 'end' | 'exit' | 'terminate' | 'SIGKILL'): Promise<void>;
}

/** All workers that were started with `env`. */
export interface Crew {
  readonly env: Readonly<Record<string, string>>;
  readonly members: readonly Member[];
  /** Those that are not gone. */
  present(): readonly Member[];
  /** Resolves once so many workers in all have started. */
  started(count: number): Promise<readonly Member[]>;
  /** Resolves once nobody records any more. */
  pause(): Promise<void>;
  /** Kills all that are left. */
  close(): Promise<void>;
}

/** Listens to the workers of a spec. */
export async function createCrew(): Promise<Crew> {
  const members: Member[] = [];
  const sockets = new Set<Socket>();
  const reaper = startReaper();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    welcome(socket, reaper, (member) => members.push(member));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const present = (): readonly Member[] => members.filter(({ isGone }) => !isGone);
  return {
    env: { LEDGER_PORT: String(port) },
    members,
    present,
    started: (count) =>
      eventually(() => (members.length >= count ? members : undefined), {
        what: `${count} workers, of which ${members.length} have started`,
        deadlineMs: 60_000,
      }),
    pause: async () => {
      await Promise.all(present().map((member) => member.pause()));
    },
    close: async () => {
      // New ones may come until whatever starts them is ended.
      while (sockets.size > 0) {
        await Promise.all(present().map((member) => member.leave('SIGKILL')));
        await new Promise((resolve) => setImmediate(resolve));
      }
      server.close();
    },
  };
}

function welcome(socket: Socket, reaper: Reaper, add: (member: Member) => void): void {
  const tallies: Tally[] = [];
  let isGone = false;
  let onPaused: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => {
    socket.on('error', () => undefined);
    socket.once('close', () => {
      isGone = true;
      onPaused();
      resolve();
    });
  });
  const order = (name: string): void => void socket.write(`${name}\n`);
  const hello = (facts: Hello): void => {
    if (!facts.isThread) {
      reaper.watch(facts.pid);
      void gone.then(() => reaper.forget(facts.pid));
    }
    add({
      ...facts,
      tallies,
      get isGone() {
        return isGone;
      },
      record: () => order('record'),
      pause: () =>
        new Promise((resolve) => {
          onPaused = resolve;
          order('pause');
        }),
      leave: (how) => {
        if (how === 'SIGKILL') kill(facts.pid);
        else order(how);
        return gone;
      },
    });
  };
  // A worker that is killed leaves orders unread, which resets the connection.
  const lines = createInterface({ input: socket }).on('error', () => undefined);
  lines.on('line', (line) => {
    const facts = JSON.parse(line) as Hello | Tally | { readonly isPaused: true };
    if ('name' in facts) hello(facts);
    else if ('isPaused' in facts) onPaused();
    else tallies.push(facts);
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}

/** What workers recorded in all. */
export function totalOf(tallies: readonly (Tally | undefined)[]): Pick<Tally, 'requests' | 'costUsd'> {
  const sum = (name: 'requests' | 'costUsd'): number =>
    tallies.reduce((total, tally) => total + (tally?.[name] ?? 0), 0);
  return { requests: sum('requests'), costUsd: sum('costUsd') };
}
