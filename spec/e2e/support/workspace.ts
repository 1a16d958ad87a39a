import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A temporary folder, gone after the tests. */
export interface Workspace {
  readonly path: string;
  /** A new folder beneath it. */
  folder(name: string): string;
  remove(): void;
}

/** Makes a temporary folder. */
export function createWorkspace(): Workspace {
  const path = mkdtempSync(join(tmpdir(), 'llm-edge-e2e-'));
  return {
    path,
    folder(name) {
      const folder = join(path, name);
      mkdirSync(folder, { recursive: true });
      return folder;
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
