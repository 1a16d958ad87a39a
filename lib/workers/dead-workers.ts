import type { Liveness } from './liveness.js';

/** Tells which workers have ended. */
export interface DeadWorkers {
  /** Returns those of the given lives that are over. Called about once a second. */
  among(ids: readonly string[]): Promise<readonly string[]>;
}

/**
 * A worker whose socket refuses has ended. One whose socket is missing has ended too, or a cleaner of temporary files has
 * removed it: the worker then makes a new one within a second, so that a second look decides.
 */
export function createDeadWorkers(liveness: Pick<Liveness, 'look'>): DeadWorkers {
  let missingBefore: ReadonlySet<string> = new Set();
  return {
    async among(ids) {
      const states = await liveness.look(ids);
      const missing = new Set(ids.filter((id) => states.get(id) === 'missing'));
      const dead = ids.filter(
        (id) => states.get(id) === 'dead' || (missing.has(id) && missingBefore.has(id)),
      );
      missingBefore = missing;
      return dead;
    },
  };
}
