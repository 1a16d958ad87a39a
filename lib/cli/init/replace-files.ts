import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, lstat, mkdir, open, realpath, rename, rmdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { OutputFile } from './init-output.js';
import { UnsafePathError } from './safe-folder.js';

/** A file on its way: its new text, and the old one if there is one, lie beside it until all are ready. */
interface Staged {
  readonly target: string;
  readonly fresh: string;
  readonly former: string | undefined;
}

/**
 * Writes all files beneath a folder, or none: everything that needs space or rights happens beside the files first,
 * and then each is renamed into its place, which no reader sees half done. Where that fails, the former files and
 * folders are put back.
 */
export async function replaceFiles(folder: string, files: readonly OutputFile[]): Promise<void> {
  const made: string[] = [];
  const staged: Staged[] = [];
  const placed: Staged[] = [];
  const kept = new Set<string>();
  try {
    await makeFolder(folder, made);
    const root = await realpath(folder);
    for (const { path, text } of files) {
      const target = join(folder, path);
      await makeFolder(dirname(target), made);
      if ((await realpath(dirname(target))) !== dirname(join(root, path))) {
        throw new UnsafePathError(`${dirname(target)} leads out of the folder.`);
      }
      await stage(target, text, staged);
    }
    for (const file of staged) {
      await rename(file.fresh, file.target);
      placed.push(file);
    }
  } catch (error) {
    for (const { target, former } of placed.reverse()) {
      const undone = former === undefined ? unlink(target) : rename(former, target);
      await undone.catch(() => kept.add(former ?? target));
    }
    await remove(staged, kept);
    // A folder that somebody else has put something into stays.
    for (const path of made.reverse()) await rmdir(path).catch(() => {});
    if (kept.size === 0) throw error;
    const left = [...kept].join(', ');
    throw new Error(`${(error as Error).message}; what was there before is in ${left}`, { cause: error });
  }
  await remove(staged, kept);
}

/** Makes a folder and those above it, and notes which were missing. */
async function makeFolder(path: string, made: string[]): Promise<void> {
  try {
    await mkdir(path);
    made.push(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      await makeFolder(dirname(path), made);
      await makeFolder(path, made);
      return;
    }
    if (code !== 'EEXIST') throw error;
  }
}

async function stage(target: string, text: string, staged: Staged[]): Promise<void> {
  const suffix = randomBytes(6).toString('hex');
  const [fresh, copy] = [`${target}.${suffix}.new`, `${target}.${suffix}.old`];
  const stats = await lstat(target).catch(() => undefined);
  if (stats !== undefined && !stats.isFile()) throw new UnsafePathError(`${target} is not a file.`);
  // Noted before it is made, so that it is removed whatever fails.
  staged.push({ target, fresh, former: stats === undefined ? undefined : copy });
  const file = await open(fresh, 'wx');
  try {
    await file.writeFile(text);
    if (stats !== undefined) await file.chmod(stats.mode);
  } finally {
    await file.close();
  }
  if (stats !== undefined) await copyFile(target, copy, constants.COPYFILE_EXCL);
}

async function remove(staged: readonly Staged[], kept: ReadonlySet<string>): Promise<void> {
  for (const path of staged.flatMap(({ fresh, former }) => [fresh, former])) {
    // Most are in their places already.
    if (path !== undefined && !kept.has(path)) await unlink(path).catch(() => {});
  }
}
