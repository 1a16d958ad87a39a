import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runScript } from '../support/run-script.js';
import { makeFolder } from '../support/shared-files.js';

const WORKERS = 8;
const NAMES = 400;
const LIMIT = 80;

/** Waits until all others run, asks for all names in an order of its own, and prints those that were admitted. */
const worker = (number: number, folder: string): string => `
  import { existsSync } from 'node:fs';
  import { createFolderStore } from '#lib/workers/folder-store.js';
  import { createSharedNames } from '#lib/workers/shared-names.js';
  const names = createSharedNames(createFolderStore(${JSON.stringify(folder)}), 1);
  const admitted = [];
  console.log('ready');
  // Leaves the processor to those that are still starting.
  const turn = new Int32Array(new SharedArrayBuffer(4));
  while (!existsSync(${JSON.stringify(`${folder}/begin`)})) Atomics.wait(turn, 0, 0, 1);
  for (let place = 0; place < ${NAMES}; place++) {
    const name = 'model-' + ((place * 37 + ${number} * 50) % ${NAMES});
    if (names.admits('model', name, ${LIMIT})) admitted.push(name);
  }
  console.log(JSON.stringify(admitted.sort()));
`;

const readings = (stdout: string): readonly string[] => JSON.parse(stdout.split('\n')[1] ?? '');

describe('processes that race for names', () => {
  it('admit the same ones, as many as the limit says', async () => {
    const folder = makeFolder();
    try {
      const scripts = Array.from({ length: WORKERS }, (_, number) => runScript(worker(number, folder.path)));
      await Promise.all(scripts.map((script) => script.line('ready')));
      writeFileSync(join(folder.path, 'begin'), '');
      const ends = await Promise.all(scripts.map((script) => script.end()));
      expect(ends.map(({ code, stderr }) => [code, stderr])).toEqual(ends.map(() => [0, '']));
      const admitted = ends.map(({ stdout }) => readings(stdout));
      expect(admitted[0]).toHaveLength(LIMIT);
      expect(admitted).toEqual(admitted.map(() => admitted[0]));
    } finally {
      folder.remove();
    }
  }, 120_000);
});
