import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { migrate } from '../../lib/cli/migrate/migrate-command.js';
import { createDictionary } from '../../lib/cli/migrate/names/dictionary.js';
import type { SourceMapping } from '../../lib/cli/migrate/names/mapping.js';
import { SOURCES } from '../../lib/cli/migrate/names/sources.js';
import { maskVariables } from '../../lib/cli/migrate/promql/grafana-variables.js';
import { type Rewriting, rewriteQuery } from '../../lib/cli/migrate/promql/rewrite-query.js';

export { maskVariables, SOURCES };

/** The mapping of a product. */
export function sourceNamed(name: string): SourceMapping {
  const source = SOURCES.find((candidate) => candidate.name === name);
  if (source === undefined) throw new Error(`there is no source ${name}`);
  return source;
}

/** Rewrites one query of a product to ours, or back. */
export function rewrite(name: string, query: string, direction: 'toOurs' | 'toTheirs' = 'toOurs'): Rewriting {
  return rewriteQuery(query, createDictionary(sourceNamed(name), direction));
}

/** The rewritten query, or the reasons why it was left. */
export function rewritten(
  name: string,
  query: string,
  direction: 'toOurs' | 'toTheirs' = 'toOurs',
): string | readonly string[] {
  const result = rewrite(name, query, direction);
  if (result.outcome === 'rewritten') return result.query;
  return result.outcome === 'left' ? result.reasons : query;
}

/** What a run of the command printed and returned. */
export interface MigrateRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of its own with files in it, and the command in this folder. */
export interface MigrateFolder {
  readonly path: string;
  read(name: string): string;
  run(...args: readonly string[]): Promise<MigrateRun>;
}

/** Makes a folder with files. */
export function migrateFolder(files: Readonly<Record<string, string | Buffer>>): MigrateFolder {
  const path = mkdtempSync(join(tmpdir(), 'migrate-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return {
    path,
    read: (name) => readFileSync(join(path, name), 'utf8'),
    async run(...args) {
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      const code = await migrate.run(args, { stdout, stderr, env: {}, folder: path });
      const [printed, problems] = [stdout, stderr].map((stream) => String(stream.read() ?? ''));
      return { code, stdout: printed ?? '', stderr: problems ?? '' };
    },
  };
}
