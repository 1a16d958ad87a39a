import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '../../lib/workers/store.js';

export { resolveBudgets } from '../../lib/budgets/budget-options.js';
export { createBudgets } from '../../lib/budgets/budgets.js';
export { createLabelLimits } from '../../lib/metrics/label-limits.js';
export { createSharedBudgets } from '../../lib/workers/shared-budgets.js';
export { createSharedNames, type SharedNames } from '../../lib/workers/shared-names.js';

/** Files that several workers of one process share. */
export interface SharedFiles extends Store {
  readonly files: Map<string, Buffer>;
  /** The number of calls of each operation. */
  readonly calls: Record<keyof Store, number>;
  /** What every write fails with; a full disk takes its first bytes. `undefined` ends the failures. */
  failure: (Error & { code: string }) | undefined;
}

export function systemError(code: string): Error & { code: string } {
  return Object.assign(new Error(`${code}: made by a spec`), { code });
}

/** A folder in memory. */
export function createSharedFiles(): SharedFiles {
  const files = new Map<string, Buffer>();
  const calls = { list: 0, read: 0, readFrom: 0, write: 0, append: 0, create: 0, remove: 0 };
  const store: SharedFiles = {
    files,
    calls,
    failure: undefined,
    list() {
      calls.list += 1;
      return [...files.keys()];
    },
    read(name) {
      calls.read += 1;
      return files.get(name);
    },
    readFrom(name, offset) {
      calls.readFrom += 1;
      return files.get(name)?.subarray(offset);
    },
    write(name, bytes) {
      calls.write += 1;
      put(name, 0, bytes);
    },
    append(name, bytes) {
      calls.append += 1;
      put(name, files.get(name)?.length ?? 0, bytes);
    },
    create(name, bytes) {
      calls.create += 1;
      if (files.has(name)) return false;
      if (store.failure !== undefined) throw store.failure;
      files.set(name, Buffer.from(bytes));
      return true;
    },
    remove(name) {
      calls.remove += 1;
      files.delete(name);
    },
  };

  function put(name: string, offset: number, bytes: Uint8Array): void {
    const { failure } = store;
    if (failure !== undefined && failure.code !== 'ENOSPC') throw failure;
    const before = files.get(name) ?? Buffer.alloc(0);
    const written = failure === undefined ? bytes : bytes.subarray(0, 8);
    const parts = [before.subarray(0, offset), written, before.subarray(offset + written.length)];
    files.set(name, Buffer.concat(parts));
    if (failure !== undefined) throw failure;
  }

  return store;
}

/** Makes a folder that is removed after use. */
export function makeFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'shared-files-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
