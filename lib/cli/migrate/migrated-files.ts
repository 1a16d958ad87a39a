import { randomUUID } from 'node:crypto';
import { lstat, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { messageOf } from '../../errors.js';
import { printable } from '../outside-text.js';
import type { FileFormat } from './migrate-document.js';

/** A dashboard or a file of rules. */
export interface InputFile {
  /** As it was named on the command line. */
  readonly name: string;
  readonly path: string;
  readonly format: FileFormat;
  readonly text: string;
}

interface Output {
  readonly file: InputFile;
  readonly text: string;
}

const BYTES_MAX = 16 * 1024 * 1024;
const FORMATS: Readonly<Record<string, FileFormat>> = { json: 'json', yml: 'yaml', yaml: 'yaml' };

/** Reads the files of a command line, all or none. */
export async function readInputs(
  names: readonly string[],
  folder: string,
): Promise<
  | { readonly ok: true; readonly files: readonly InputFile[] }
  | { readonly ok: false; readonly problems: readonly string[] }
> {
  const files: InputFile[] = [];
  const problems: string[] = [];
  for (const given of names) {
    const name = printable(given);
    const format = formatOf(given);
    try {
      if (format === undefined) throw new Error('only .json, .yml and .yaml are read');
      const path = resolve(folder, given);
      const text = await readBounded(path);
      files.push({ name, path, format, text });
    } catch (error) {
      problems.push(`${name}: ${messageOf(error)}`);
    }
  }
  return problems.length === 0 ? { ok: true, files } : { ok: false, problems };
}

function formatOf(name: string): FileFormat | undefined {
  const end = /\.(json|ya?ml)$/i.exec(name)?.[1]?.toLowerCase();
  return end === undefined ? undefined : FORMATS[end];
}

/** Bytes of another encoding would be lost with the first edit. */
const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

async function readBounded(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size > BYTES_MAX) throw new Error(`it is larger than ${BYTES_MAX} bytes`);
  } finally {
    await file.close();
  }
  const bytes = await readFile(path);
  try {
    return UTF_8.decode(bytes);
  } catch (error) {
    throw new Error('it is not encoded in UTF-8', { cause: error });
  }
}

/** Replaces files in place, never through a link. Returns what is wrong; then none was replaced. */
export async function replaceFile(outputs: readonly Output[]): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const { file } of outputs) {
    const { path, name } = file;
    if (!(await lstat(path)).isFile()) problems.push(`${name}: it is a link, and only files are replaced`);
  }
  if (problems.length > 0) return problems;
  // All are written before the first is renamed: a full disk leaves every file, and a reader sees the old or the new one.
  const written: { readonly temporary: string; readonly path: string }[] = [];
  try {
    for (const { file, text } of outputs) {
      if (text === file.text) continue;
      const temporary = join(dirname(file.path), `.${basename(file.path)}.${randomUUID()}`);
      const { mode } = await lstat(file.path);
      written.push({ temporary, path: file.path });
      await writeFile(temporary, text, { flag: 'wx', mode });
    }
    for (const { temporary, path } of written) await rename(temporary, path);
  } catch (error) {
    for (const { temporary } of written) await rm(temporary, { force: true });
    return [messageOf(error)];
  }
  return [];
}

/** Writes files into a folder. Returns what is wrong; then none was written over. */
export async function writeNewFiles(
  outputs: readonly Output[],
  out: string,
  folder: string,
): Promise<readonly string[]> {
  const target = resolve(folder, out);
  const paths = outputs.map(({ file }) => join(target, basename(file.path)));
  if (new Set(paths).size < paths.length)
    return ['Two files have the same name and would overwrite each other in --out.'];
  try {
    await mkdir(target, { recursive: true });
    const present = [];
    for (const path of paths) if (await exists(path)) present.push(`${printable(path)}: it already exists`);
    if (present.length > 0) return present;
    // `wx` follows no link and writes over nothing, even if it came to be since.
    for (const [index, path] of paths.entries()) {
      await writeFile(path, outputs[index]?.text ?? '', { flag: 'wx' });
    }
  } catch (error) {
    return [messageOf(error)];
  }
  return [];
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    // Nothing is there, which is how it should be.
    return false;
  }
}
