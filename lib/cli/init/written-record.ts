import { createHash } from 'node:crypto';
import { VERSION } from '../../version.js';
import type { OutputFile } from './init-output.js';
import { type GivenParameters, type InitParameters, relevantParameters } from './init-parameters.js';

/** The file that tells, at the next run, what a user changed since. */
export const RECORD_PATH = 'llm-edge-monitoring.json';

const ABOUT =
  'Kept by "llm-edge-monitoring init" beside the files that it wrote: the next run updates those that have these digests, and keeps those that were changed.';

/** What the last run wrote. */
export interface WrittenRecord {
  readonly version: string;
  readonly parameters: GivenParameters;
  /** Digests by path. */
  readonly files: Readonly<Record<string, string>>;
}

/** The digest of a text; the line breaks of Windows, which Git may have put in, are no change. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex');
}

/** The record of what is about to be written. */
export function recordOf(files: readonly OutputFile[], parameters: InitParameters): OutputFile {
  const digests = Object.fromEntries(files.map(({ path, text }) => [path, digestOf(text)]));
  const record = {
    about: ABOUT,
    version: VERSION,
    parameters: relevantParameters(parameters),
    files: digests,
  };
  return { path: RECORD_PATH, text: `${JSON.stringify(record, null, 2)}\n` };
}

/** Reads a record; nothing where the text is none. Its parameters are checked like those of the command line. */
export function readRecord(text: string): WrittenRecord | undefined {
  try {
    const { version, parameters, files } = JSON.parse(text) as Partial<WrittenRecord>;
    if (typeof version !== 'string' || !isObject(parameters) || !isObject(files)) return undefined;
    return { version, parameters, files };
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
