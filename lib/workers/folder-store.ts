import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  openSync,
  readdirSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import type { Store } from './store.js';

const BYTES_MAX = INPUT_LIMITS.workerFileBytes.value;
const DEAD_BYTES_MAX = INPUT_LIMITS.deadFileBytes.value;
/** How often a draft is written again that somebody has cleared away. */
const DRAFTS_MAX = 3;
/** Enough for the files that a worker writes again and again: two with its values, one with what it spent. */
const OPEN_MAX = 3;

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
/** A link is not followed, and a pipe or device that has taken the name holds nobody up. */
const SAFE = O_NOFOLLOW | O_NONBLOCK;
const MODE = 0o600;

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code;

/** The files of one folder on a local disk. */
export function createFolderStore(folder: string): Store {
  const uid = process.getuid?.();
  const pathOf = (name: string): string => `${folder}/${name}`;
  /**
   * Files stay open that are written again and again: it is cheaper, and what is written after somebody has removed the
   * file goes nowhere, instead of bringing the file back.
   */
  const open = new Map<string, number>();

  function close(name: string): void {
    const file = open.get(name);
    open.delete(name);
    if (file !== undefined) closeSync(file);
  }

  /** Opens a file for writing, and only one that is safe to write. */
  function openSafely(name: string, flags: number): number {
    const file = openSync(pathOf(name), flags | O_WRONLY | SAFE, MODE);
    try {
      checkOwn(file, name);
    } catch (error) {
      closeSync(file);
      throw error;
    }
    return file;
  }

  function checkOwn(file: number, name: string): number {
    const stats = fstatSync(file);
    if (!stats.isFile() || stats.uid !== uid) throw new Error(`${name} is not a file of this user`);
    return stats.size;
  }

  function openForWriting(name: string): number {
    const known = open.get(name);
    // Somebody may have removed the file, and this life is to write it whole again.
    if (known !== undefined && fstatSync(known).nlink > 0) return known;
    close(name);
    for (const oldest of open.keys()) if (open.size >= OPEN_MAX) close(oldest);
    const file = openSafely(name, O_CREAT);
    open.set(name, file);
    return file;
  }

  function readFrom(name: string, offset: number): Buffer | undefined {
    let file: number;
    try {
      file = openSync(pathOf(name), O_RDONLY | SAFE);
    } catch {
      // Missing, a link, or not to be read: all the same to a reader.
      return undefined;
    }
    try {
      const size = checkOwn(file, name);
      if (size > (name.startsWith('dead.') ? DEAD_BYTES_MAX : BYTES_MAX)) return undefined;
      return readAll(file, offset, Math.max(0, size - offset));
    } catch {
      return undefined;
    } finally {
      closeSync(file);
    }
  }

  function write(name: string, bytes: Uint8Array, flags: number): void {
    const file = openSafely(name, flags);
    try {
      writeAll(file, bytes, null);
    } finally {
      closeSync(file);
    }
  }

  return {
    list: () => readdirSync(folder),
    read: (name) => readFrom(name, 0),
    readFrom,
    write: (name, bytes) => writeAll(openForWriting(name), bytes, 0),
    append: (name, bytes) => write(name, bytes, O_CREAT | O_APPEND),
    create(name, bytes) {
      for (let left = DRAFTS_MAX; ; left -= 1) {
        const draft = `tmp.${randomBytes(6).toString('hex')}`;
        try {
          write(draft, bytes, O_CREAT | O_EXCL);
          linkSync(pathOf(draft), pathOf(name));
          return true;
        } catch (error) {
          if (codeOf(error) === 'EEXIST') return false;
          // Whoever folds clears drafts away that were left, and may have taken this one for such.
          if (codeOf(error) !== 'ENOENT' || left <= 1) throw error;
        } finally {
          removeBestEffort(pathOf(draft));
        }
      }
    },
    remove(name) {
      close(name);
      removeBestEffort(pathOf(name));
    },
  };
}

/** Removes a file. One that cannot be removed stays, and whoever lists the folder sees it. */
function removeBestEffort(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Missing already in most cases. A folder in its place, or a disk that is read-only, is nothing to fail for.
  }
}

function readAll(file: number, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length);
  let done = 0;
  while (done < length) {
    const count = readSync(file, bytes, done, length - done, offset + done);
    if (count === 0) break;
    done += count;
  }
  return bytes.subarray(0, done);
}

/** Writes all of it: a disk that fills up takes a part first, and only then fails. */
function writeAll(file: number, bytes: Uint8Array, position: number | null): void {
  let done = 0;
  while (done < bytes.length) {
    done += writeSync(file, bytes, done, bytes.length - done, position === null ? null : position + done);
  }
}
