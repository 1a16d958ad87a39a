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
  /** The living worker that has the port, if it is another one. */
  holder(own: string): Promise<string | undefined>;
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
  function list(): readonly string[] {
    try {
      return store.list();
    } catch {
      // Without a folder there are no marks.
      return [];
    }
  }

  /** The first living worker with a mark. */
  async function aliveWith(prefix: string, own: string): Promise<string | undefined> {
    const marked = list().filter((name) => name.startsWith(prefix));
    const ids = marked.map((name) => name.slice(prefix.length)).filter((id) => id !== own);
    const states = await liveness.look(ids);
    return ids.find((id) => states.get(id) === 'alive');
  }

  const holder = (own: string): Promise<string | undefined> => aliveWith(HOLDS, own);

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
    holder,
    async contender(own) {
      if ((await holder(own)) !== undefined) return 'holder';
      return (await aliveWith(TRIES, own)) === undefined ? 'none' : 'trying';
    },
  };
}
