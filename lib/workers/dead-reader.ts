import type { Arithmetic } from '../merge/published.js';
import { type Dead, decodeDead, nobodyDead } from './dead-file.js';
import { deadFile, generationOf } from './file-names.js';
import type { Store } from './store.js';

/** The folder as it was listed once, with the highest generation of the dead in that list. */
export interface Listing<Totals> {
  readonly names: readonly string[];
  readonly dead: Dead<Totals>;
  /** Why the highest generation could not be read; `dead` is then the highest that could be. */
  readonly problem: 'format' | 'unreadable' | undefined;
}

/** Reads the sums of the dead, each generation once. */
export interface DeadReader<Totals> {
  /** The sums of the dead by the last list. */
  readonly listed: Dead<Totals>;
  /** Lists the folder and reads the highest generation. */
  list(): Listing<Totals>;
}

/** Files go while they are read: a generation when the next ones come. */
const TRIES_MAX = 8;

/** The highest generation in a list; 0 for none. */
export const highestOf = (names: readonly string[]): number =>
  names.reduce((highest, name) => Math.max(highest, generationOf(name)), 0);

export function createDeadReader<Totals>(store: Store, arithmetic: Arithmetic<Totals>): DeadReader<Totals> {
  /** The generation that was read last. */
  let known = nobodyDead(arithmetic.empty);
  let listed = known;

  function list(): Listing<Totals> {
    for (let left = TRIES_MAX; ; left -= 1) {
      const names = store.list();
      const highest = highestOf(names);
      if (highest === known.generation) return { names, dead: known, problem: undefined };
      // A large folder is not listed at once, so that its list may lack a file that was always there.
      if (highest < known.generation && left > 1) continue;
      // Somebody has cleared the files away. What they held counts on, and the next generation will hold it again.
      if (highest === 0) return { names, dead: known, problem: undefined };
      const bytes = store.read(deadFile(highest));
      if (bytes === undefined && left > 1) continue;
      const dead = bytes && decodeDead(highest, bytes, arithmetic);
      if (dead === undefined || dead === 'format') {
        // The next generation is to come after this one, whatever it holds.
        return { names, dead: { ...known, generation: highest }, problem: dead ?? 'unreadable' };
      }
      known = dead;
      return { names, dead, problem: undefined };
    }
  }

  return {
    get listed() {
      return listed;
    },
    list() {
      const listing = list();
      listed = listing.dead;
      return listing;
    },
  };
}
