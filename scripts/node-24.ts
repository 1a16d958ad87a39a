import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { installInCache } from './install-in-cache.js';

/** Scripts and specs run in the folder of the repository. */
const FOLDER = resolve('scripts/node-24');

/** The lock file of what is installed. */
export const NODE_24_LOCK = join(FOLDER, 'package-lock.json');

/** The manifest of the repository on Node.js 24: each member of the file in the folder is added to, or replaces, ours. */
export function node24Manifest(): string {
  const read = (file: string): Record<string, object> => JSON.parse(readFileSync(file, 'utf8'));
  const ours = read('package.json');
  for (const [member, entries] of Object.entries(read(join(FOLDER, 'package.json')))) {
    ours[member] = { ...ours[member], ...entries };
  }
  return `${JSON.stringify(ours, null, 2)}\n`;
}

/** Node.js 24 and the packages of this repository with SDK 3.x. */
export interface Node24 {
  readonly modules: string;
  /** The folder of the program `node`. */
  readonly bin: string;
}

/** Installs Node.js 24 and the packages that go with it in the cache, unless they are there. */
export function installNode24(): Node24 {
  const installed = installInCache('node-24', node24Manifest(), readFileSync(NODE_24_LOCK, 'utf8'));
  const modules = join(installed, 'node_modules');
  const platform = `${process.platform}-${process.arch}`;
  const bin = join(modules, `node-${platform}`, 'bin');
  if (!existsSync(bin)) throw new Error(`npm has no Node.js 24 for ${platform}`);
  return { modules, bin };
}
