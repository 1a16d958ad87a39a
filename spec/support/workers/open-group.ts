import { createFolderStore } from '../../../lib/workers/folder-store.js';
import { createGroupFiles, type GroupFiles } from '../../../lib/workers/group-files.js';
import { createLiveness, type Liveness } from '../../../lib/workers/liveness.js';
import type { Store } from '../../../lib/workers/store.js';
import { COUNTS, type Counts, subtractCounts } from './counts.js';

export interface OpenGroup {
  readonly files: GroupFiles<Counts>;
  readonly liveness: Liveness;
  readonly store: Store;
}

export type { Store };

/** The files of one worker, which listens under a new id by `listen`. */
export function openFiles(store: Store, id: string, listen: (id: string) => void): GroupFiles<Counts> {
  let lives = 0;
  return createGroupFiles(store, COUNTS, {
    id,
    newId() {
      lives += 1;
      const next = `${id.slice(0, 8)}${lives.toString(16).padStart(4, '0')}`;
      listen(next);
      return next;
    },
    subtract: subtractCounts,
  });
}

/** One worker over the real files of a folder; it listens only after `liveness.start`. */
export function openGroup(folder: string, id: string, onVisit: () => void = () => {}): OpenGroup {
  const store = createFolderStore(folder);
  const liveness = createLiveness(folder, onVisit);
  return { store, liveness, files: openFiles(store, id, (next) => void liveness.start(next)) };
}
