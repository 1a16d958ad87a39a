import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sumsOf } from '../support/workers/counts.js';
import { openGroup } from '../support/workers/open-group.js';

const ROOT = join(__dirname, '..', '..');
const AT_ONCE = 4;
const LIVES = 16;
const SEED = Number(process.env['WORKERS_SEED'] ?? 1);

/** The same numbers for the same seed. */
function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

interface Life {
  readonly id: string;
  begun: number;
  done: number;
  problems: string[];
}

let home: string;
let program: string;
let group: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'killed-'));
  group = join(home, 'group');
  mkdirSync(group, { mode: 0o700 });
  program = join(home, 'worker.cjs');
  const entry = join(ROOT, 'spec', 'workers', 'programs', 'counting-worker.ts');
  execFileSync(join(ROOT, 'node_modules', '.bin', 'esbuild'), [
    entry,
    '--bundle',
    '--platform=node',
    `--outfile=${program}`,
    '--log-level=error',
  ]);
});
afterAll(() => rmSync(home, { recursive: true }));

/** Runs a worker, and kills it after some of its reports, wherever it is then. */
async function runLife(life: Life, reports: number): Promise<void> {
  const child: ChildProcess = spawn(process.execPath, [program, group, life.id], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let rest = '';
  let seen = 0;
  child.stdout?.on('data', (chunk) => {
    const said = `${rest}${chunk}`.split('\n');
    rest = said.pop() ?? '';
    for (const line of said) {
      const [what, number] = line.split(' ');
      if (what === 'begins') life.begun = Number(number);
      else if (what === 'has') life.done = Number(number);
      else life.problems.push(line);
    }
    seen += said.length;
    if (seen >= reports) child.kill('SIGKILL');
  });
  await once(child, 'close');
}

describe('processes that are killed at random', () => {
  it('lose nothing that they have published, and have nothing counted twice', async () => {
    const random = createRandom(SEED);
    const lives: Life[] = Array.from({ length: LIVES }, (_, index) => ({
      id: (index + 1).toString(16).padStart(12, '0'),
      begun: 0,
      done: 0,
      problems: [],
    }));
    const open = lives.map((life) => ({ life, reports: 50 + random(1_000) }));
    const runSome = async (): Promise<void> => {
      for (let next = open.shift(); next !== undefined; next = open.shift())
        await runLife(next.life, next.reports);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, runSome));

    const { files, liveness } = openGroup(group, 'ffffffffffff');
    const before = sumsOf(files.read());
    const dead = [...(await liveness.look(files.others()))].filter(([, state]) => state === 'dead');
    files.fold(dead.map(([id]) => id));
    const { living, deaths, totals } = files.read();
    const judged = lives.map(({ id, begun, done, problems }) => {
      const sum = before[id] ?? 0;
      return { id, problems, isRight: done <= sum && sum <= begun };
    });

    expect(judged).toEqual(lives.map(({ id }) => ({ id, problems: [], isRight: true })));
    expect({ living, deaths, totals }).toEqual({
      living: [],
      deaths: { clean: 0, lost: LIVES },
      totals: before,
    });
  });
});
