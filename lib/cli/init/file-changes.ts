import type { OutputFile } from './init-output.js';
import { readWithin } from './safe-folder.js';
import { digestOf, RECORD_PATH, readRecord, type WrittenRecord } from './written-record.js';

/** What writing a file would do. `overwrite` would lose what a user wrote or changed. */
export type Action = 'create' | 'update' | 'keep' | 'overwrite';

/** A file, and what is in its place. */
export interface FileChange extends OutputFile {
  readonly action: Action;
  readonly former: string | undefined;
}

/** The record of the last run in this folder, if there is one. */
export async function readLastRecord(folder: string): Promise<WrittenRecord | undefined> {
  const text = await readWithin(folder, RECORD_PATH);
  return text === undefined ? undefined : readRecord(text);
}

/** Compares the files with those in the folder. */
export async function compareFiles(
  folder: string,
  files: readonly OutputFile[],
  record: WrittenRecord | undefined,
): Promise<readonly FileChange[]> {
  const changes: FileChange[] = [];
  for (const file of files) {
    const former = await readWithin(folder, file.path);
    const digest = file.path === RECORD_PATH ? undefined : record?.files[file.path];
    changes.push({ ...file, former, action: actionFor(file, former, digest, record) });
  }
  return changes;
}

function actionFor(
  { path, text }: OutputFile,
  former: string | undefined,
  digest: string | undefined,
  record: WrittenRecord | undefined,
): Action {
  if (former === undefined) return 'create';
  if (digestOf(former) === digestOf(text)) return 'keep';
  // A record that could be read is this command's own.
  const isOurs = path === RECORD_PATH ? record !== undefined : digestOf(former) === digest;
  return isOurs ? 'update' : 'overwrite';
}
