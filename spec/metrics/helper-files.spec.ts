import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RECORD_HELPERS } from '../support/recorder-harness.js';

const LIB = join(__dirname, '..', '..', 'lib');

/** Where helpers are made, and what a user gets as monitoring; all else only calls them. */
const FOLDERS = ['.', 'metrics', 'monitoring', 'catalogue'];
const CALLERS = ['monitoring/runtime.ts'];

const sources = FOLDERS.flatMap((folder) =>
  readdirSync(join(LIB, folder))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ path: join(folder, file), text: readFileSync(join(LIB, folder, file), 'utf8') })),
).filter(({ path }) => !CALLERS.includes(path));

describe('a record helper', () => {
  // The row of the catalogue is the fifth file.
  it.each(RECORD_HELPERS)('is added in four files: %s', (helper) => {
    const files = sources.filter(({ text }) => new RegExp(`\\b${helper}\\b`).test(text));
    expect(files.map(({ path }) => path)).toEqual([
      'edge.ts',
      'index.ts',
      'metrics/recorder.ts',
      expect.stringMatching(/^metrics\/(?:request|usage|state)-metrics\.ts$/),
    ]);
  });
});
