import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** Larger files are none of ours. */
const BYTES_MAX = 16 * 1024 * 1024;

/** What keeps a path from being read or written. */
export class UnsafePathError extends Error {
  override readonly name = 'UnsafePathError';
}

/** Absent on Windows, where `lstat` alone finds links. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

/**
 * Checks that no folder on the way to `folder` is a link: from the project down, or the folder alone where it is
 * outside of the project.
 *
 * @throws {UnsafePathError} where one is, or where something else has the name.
 */
export async function checkFolder(project: string, folder: string): Promise<void> {
  const path = relative(project, folder);
  const isInside = path !== '' && path !== folder && !/^\.\.([\\/]|$)/.test(path);
  await walk(isInside ? project : folder, isInside ? path.split(sep) : [], 'folder');
}

/**
 * The text of a regular file beneath `folder`, or nothing where there is none. Neither what lies between nor the file
 * may be a link.
 *
 * @throws {UnsafePathError} where one is, or where something else than a file has the name.
 */
export async function readWithin(folder: string, path: string): Promise<string | undefined> {
  const place = await walk(folder, path.split('/'), 'file');
  if (place === undefined) return undefined;
  const file = await open(place, constants.O_RDONLY | NO_FOLLOW);
  try {
    const { size } = await file.stat();
    if (size > BYTES_MAX) throw new UnsafePathError(`${place} is larger than ${BYTES_MAX} bytes.`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** The path that the parts lead to, or nothing where it ends before. */
async function walk(
  start: string,
  parts: readonly string[],
  kind: 'file' | 'folder',
): Promise<string | undefined> {
  let place = start;
  for (const [index, part] of ['', ...parts].entries()) {
    place = join(place, part);
    const isFile = index === parts.length && kind === 'file';
    const stats = await lstat(place).catch(absent);
    if (stats === undefined) return undefined;
    // The project itself may be reached through a link, as its owner wishes.
    if (stats.isSymbolicLink() && !(index === 0 && parts.length > 0)) {
      throw new UnsafePathError(`${place} is a link, and links are not followed.`);
    }
    if (!stats.isSymbolicLink() && !(isFile ? stats.isFile() : stats.isDirectory())) {
      throw new UnsafePathError(`${place} is not a ${isFile ? 'file' : 'folder'}.`);
    }
  }
  return place;
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}
