import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { join } from 'node:path';

/** Larger files are none of ours. */
const BYTES_MAX = 16 * 1024 * 1024;

/** What keeps a path from being read or written. */
export class UnsafePathError extends Error {
  override readonly name = 'UnsafePathError';
}

/** Absent on Windows, where `lstat` alone finds links. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

/**
 * The text of a regular file beneath `folder`, or nothing where there is none. Neither the folder, nor what lies
 * between, nor the file may be a link.
 *
 * @throws {UnsafePathError} where one is, or where something else than a file has the name.
 */
export async function readWithin(folder: string, path: string): Promise<string | undefined> {
  const parts = path.split('/');
  let place = folder;
  for (const [index, part] of ['', ...parts].entries()) {
    place = part === '' ? place : join(place, part);
    const isLast = index === parts.length;
    const stats = await lstat(place).catch(absent);
    if (stats === undefined) return undefined;
    if (stats.isSymbolicLink()) throw new UnsafePathError(`${place} is a link, which is not followed.`);
    if (!(isLast ? stats.isFile() : stats.isDirectory())) {
      throw new UnsafePathError(`${place} is not a ${isLast ? 'file' : 'folder'}.`);
    }
  }
  const file = await open(place, constants.O_RDONLY | NO_FOLLOW);
  try {
    const { size } = await file.stat();
    if (size > BYTES_MAX) throw new UnsafePathError(`${place} is larger than ${BYTES_MAX} bytes.`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}
