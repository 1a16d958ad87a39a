import { randomBytes } from 'node:crypto';
import { rmdirSync } from 'node:fs';
import type { Attributes } from '@opentelemetry/api';
import type { TelemetryConfig } from '../config/resolve.js';
import { notice } from '../logger.js';
import { createFolderStore } from './folder-store.js';
import { openGroupFolder } from './group-folder.js';
import { groupKeyOf } from './group-key.js';
import { createSharedBudgets, type SharedBudgets } from './shared-budgets.js';
import { createSharedNames, epochOfNames, type SharedNames } from './shared-names.js';
import type { Store } from './store.js';

/** The folder of a group, and what its workers decide in it while they record. */
export interface SharedFolder {
  readonly path: string;
  readonly store: Store;
  readonly names: SharedNames;
  readonly budgets: SharedBudgets;
  /** Makes the folder again if somebody has removed it. */
  reopen(): void;
  /** Removes the folder after a worker that was always alone, unless another one has just come. */
  clear(): void;
}

/**
 * Opens the folder of the workers that contend for one address.
 *
 * @returns `undefined` if nobody can contend for it, if sharing is off, or if there is no folder to be had, which one
 * line of the log says.
 */
export function openSharedFolder(
  { host, port, workersDir }: Pick<TelemetryConfig['metrics'], 'host' | 'port' | 'workersDir'>,
  attributes: Attributes,
): SharedFolder | undefined {
  const isShared = typeof port === 'number' && port !== 0 && workersDir !== 'none';
  // Windows has no users' ids, by which a folder is known to be safe.
  if (!isShared || process.getuid === undefined) return undefined;
  const key = groupKeyOf(host, port, String(attributes['service.name']));
  const folder = openGroupFolder(key, workersDir);
  if (!folder.ok) {
    notice(
      `this process has a page of its own, and cannot share it with other workers of the machine, because ${folder.reason}. ` +
        'Set metrics.workersDir (LLM_EDGE_WORKERS_DIR) to a local folder that this user can write, or to none.',
    );
    return undefined;
  }
  const { path } = folder;
  const store = createFolderStore(path);
  // Without a living worker, its names are of one that has ended, and would take the places of those to come.
  const epoch = epochOfLiving(store);
  return {
    path,
    store,
    names: createSharedNames(store, epoch),
    budgets: createSharedBudgets(store, { id: createId(), epoch: epoch ?? 0 }),
    reopen: () => {
      openGroupFolder(key, workersDir);
    },
    clear: () => clear(path, store),
  };
}

function epochOfLiving(store: Store): number | undefined {
  try {
    return store.list().some((name) => name.startsWith('s.')) ? epochOfNames(store) : undefined;
  } catch {
    // Somebody has removed the folder just now; it is made again within a second.
    return undefined;
  }
}

function clear(path: string, store: Store): void {
  try {
    const names = store.list();
    if (names.some((name) => name.startsWith('s.'))) return;
    for (const name of names) store.remove(name);
    rmdirSync(path);
  } catch {
    // Somebody has come meanwhile, or has put a file there. A few small files are left.
  }
}

/** A new id for a life of a worker. */
export function createId(): string {
  return randomBytes(6).toString('hex');
}
