import type { Liveness } from './liveness.js';
import type { Store } from './store.js';

/** Who else of the group has the port, or is trying to take it at this moment. */
export type Contender = 'holder' | 'trying' | 'none';

const HOLDS = 'h.';
const TRIES = 'p.';
const NOTHING = new Uint8Array();

/**
 * Marks which worker has the port. Without them, a worker that finds the port in use could not tell its own group from
 * another program.
 */
export interface PortMarks {
  /** Runs an attempt to listen. It is marked before it begins, and a success before the first mark is removed. */
  attempt<Value>(id: () => string, listen: () => Promise<Value>): Promise<Value>;
  /** Marks the port as held, again if the mark was removed. */
  hold(id: string): void;
  release(id: string): void;
  /** Looks at the marks of the living. */
  contender(own: string): Promise<Contender>;
}

/** Creates the marks of a group. Marks that cannot be written make a stand-by fail as it would alone. */
export function createPortMarks(store: Store, liveness: Pick<Liveness, 'look'>): PortMarks {
  const mark = (name: string): void => {
    try {
      store.write(name, NOTHING);
    } catch {
      // A full or read-only disk: the next start finds no holder and fails as it does where nothing is shared.
    }
  };
  return {
    async attempt(id, listen) {
      const trying = TRIES + id();
      mark(trying);
      try {
        const value = await listen();
        mark(HOLDS + id());
        return value;
      } finally {
        store.remove(trying);
      }
    },
    hold: (id) => mark(HOLDS + id),
    release: (id) => store.remove(HOLDS + id),
    async contender(own) {
      const names = store.list();
      const of = (prefix: string): string[] =>
        names
          .filter((name) => name.startsWith(prefix))
          .map((name) => name.slice(prefix.length))
          .filter((id) => id !== own);
      const holders = of(HOLDS);
      const states = await liveness.look([...holders, ...of(TRIES)]);
      const isAlive = (id: string): boolean => states.get(id) === 'alive';
      if (holders.some(isAlive)) return 'holder';
      return of(TRIES).some(isAlive) ? 'trying' : 'none';
    },
  };
}
