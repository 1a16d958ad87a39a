import { writeSync } from 'node:fs';
import { createFolderStore } from '../../../lib/workers/folder-store.js';
import { createGroupFiles } from '../../../lib/workers/group-files.js';
import { createLiveness } from '../../../lib/workers/liveness.js';
import { COUNTS, type Counts, subtractCounts, sumsOf } from '../../support/workers/counts.js';

/** Publishes counts, reads and folds as fast as it can, and says what it has published, until it is killed. */
const [folder = '', id = ''] = process.argv.slice(2);
const liveness = createLiveness(folder, () => {});
const files = createGroupFiles(createFolderStore(folder), COUNTS, {
  id,
  newId() {
    throw new Error('somebody took this life for dead');
  },
  subtract: subtractCounts,
});
// The sums of this line are those of this process.
const lines = [id];
let count = 0;
let shown: Counts = {};

/** Writes at once, so that nothing is lost with the process. */
const say = (text: string): void => void writeSync(1, `${text}\n`);

function publish(): void {
  count += 1;
  // The description grows now and then.
  if (count % 50 === 0) lines.push(`${id} ${count}`);
  say(`begins ${count}`);
  files.publish(lines, new Float64Array(lines.length).fill(count), performance.now());
  say(`has ${count}`);
}

function read(): void {
  const sums = sumsOf(files.read());
  for (const [name, sum] of Object.entries(shown)) {
    if ((sums[name] ?? 0) < sum) say(`steps back from ${sum} to ${sums[name]} of ${name}`);
  }
  shown = sums;
}

async function fold(): Promise<void> {
  const states = await liveness.look(files.others());
  const dead = [...states].filter(([, state]) => state === 'dead').map(([each]) => each);
  if (dead.length > 0) files.fold(dead);
}

async function run(): Promise<void> {
  await liveness.start(id);
  for (;;) {
    for (let left = 5; left > 0; left -= 1) publish();
    read();
    await fold();
  }
}

run().catch((error: unknown) => {
  say(`fails: ${error}`);
  process.exitCode = 1;
});
