import { randomBytes } from 'node:crypto';
import { linkSync, lstatSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { temporaryFolder } from '../lazy.cjs';
import { type GroupKey, nameOfGroup } from './group-key.js';

/** A folder that only this user can write, or why there is none: what follows "because". */
export type GroupFolder =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly reason: string };

/** The longest path of a socket on macOS; Linux takes four bytes more. */
const SOCKET_PATH_BYTES_MAX = 103;
const SOCKET_NAME_BYTES = '/s.0123456789ab'.length;
const OWNER_ALL = 0o700;
const OTHERS_ANY = 0o077;

/** Linux's `statfs` types of file systems whose files other machines can change. */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x7461636f, 'OCFS2'],
  [0x01161970, 'GFS2'],
  [0x19830326, 'BeeGFS'],
  [0x73757245, 'Coda'],
  [0x564c, 'NCP'],
]);

/**
 * Opens the folder of a group, and makes it where it is missing. It is used only if nobody else can write to it, its
 * files are on a local disk that takes links, and a socket can lie in it.
 *
 * @param workersDir - the folder that it lies in; the system's folder for temporary files by default.
 */
export function openGroupFolder(key: GroupKey, workersDir: string | undefined): GroupFolder {
  const { uid } = key;
  if (uid === undefined) return { ok: false, reason: 'this system has no user ids' };
  const ofUser = `${(workersDir ?? temporaryFolder()).replace(/\/+$/, '')}/llm-edge-${uid}`;
  const path = `${ofUser}/${nameOfGroup(key)}`;
  const reason =
    problemOf(() => lengthProblem(path) ?? folderProblem(ofUser, uid) ?? folderProblem(path, uid)) ??
    problemOf(() => diskProblem(path));
  return reason === undefined ? { ok: true, path } : { ok: false, reason };
}

/** What a check says, or what the system says about it: `EACCES: permission denied, mkdir '/tmp/llm-edge-1000'`. */
function problemOf(check: () => string | undefined): string | undefined {
  try {
    return check();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function lengthProblem(path: string): string | undefined {
  const bytes = Buffer.byteLength(path) + SOCKET_NAME_BYTES;
  if (bytes <= SOCKET_PATH_BYTES_MAX) return undefined;
  return `a socket in ${path} would have a path of ${bytes} bytes, and systems take ${SOCKET_PATH_BYTES_MAX}`;
}

/** Makes a folder. One that is there already may be somebody else's, who waits for files to be put into it. */
function folderProblem(path: string, uid: number): string | undefined {
  try {
    mkdirSync(path, OWNER_ALL);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const stats = lstatSync(path);
  if (!stats.isDirectory()) return `${path} is not a folder`;
  if (stats.uid !== uid) return `${path} belongs to another user`;
  if ((stats.mode & OTHERS_ANY) !== 0) return `${path} is open to other users`;
  return undefined;
}

function diskProblem(path: string): string | undefined {
  // Elsewhere than on Linux, the types have other numbers.
  const type = process.platform === 'linux' ? statfsSync(path).type >>> 0 : 0;
  const name = NETWORK_FILE_SYSTEMS.get(type);
  if (name !== undefined) return `${path} is on a network file system, ${name}`;
  tryLink(path);
  return undefined;
}

/** Not every disk takes links, and some take nothing: they are read-only, or full. */
function tryLink(path: string): void {
  const draft = `${path}/try.${randomBytes(6).toString('hex')}`;
  const link = `${path}/try.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(draft, 'draft', { flag: 'wx', mode: 0o600 });
    linkSync(draft, link);
  } finally {
    rmSync(draft, { force: true });
    rmSync(link, { force: true });
  }
}
