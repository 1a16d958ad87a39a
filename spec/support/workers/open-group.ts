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

/** One worker over the real files of a folder; it listens only after `liveness.start`. */
export function openGroup(folder: string, id: string, onVisit: () => void = () => {}): OpenGroup {
  const store = createFolderStore(folder);
  const liveness = createLiveness(folder, onVisit);
  let lives = 0;
  const files = createGroupFiles(store, COUNTS, {
    id,
    newId() {
      lives += 1;
      const next = `${id.slice(0, 8)}${lives.toString(16).padStart(4, '0')}`;
      void liveness.start(next);
      return next;
    },
    subtract: subtractCounts,
  });
  return { files, liveness, store };
}
