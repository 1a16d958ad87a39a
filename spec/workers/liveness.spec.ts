import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openGroup } from '../support/workers/open-group.js';

const OWN = 'aaaaaaaaaaaa';
const OTHER = 'bbbbbbbbbbbb';

let folder: string;
let children: ChildProcess[];
const livenessOf = (onVisit?: () => void) => openGroup(folder, OWN, onVisit).liveness;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'liveness-'));
  children = [];
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** A process that listens as a worker does, and waits. */
async function startProcess(text = ''): Promise<ChildProcess> {
  const listen = `require('node:net').createServer().listen({ path: '${folder}/s.${OTHER}', exclusive: true }, () => console.log('up'));`;
  const child = spawn(process.execPath, ['-e', text || listen], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  if (child.stdout) await once(child.stdout, 'data');
  return child;
}

/** Lets the event loop turn until something holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

describe('createLiveness()', () => {
  it('finds who listens, who does no more, and who is not there', async () => {
    const liveness = livenessOf();
    const child = await startProcess();
    const alive = await liveness.look([OTHER, OWN]);
    child.kill('SIGKILL');
    await once(child, 'close');
    const dead = await liveness.look([OTHER, OWN]);
    expect([alive, dead]).toEqual([
      new Map([
        [OTHER, 'alive'],
        [OWN, 'missing'],
      ]),
      new Map([
        [OTHER, 'dead'],
        [OWN, 'missing'],
      ]),
    ]);
  });

  it('takes a stopped process for alive', async () => {
    const child = await startProcess();
    child.kill('SIGSTOP');
    for (let count = 0; count < 3; count += 1)
      expect(await livenessOf().look([OTHER])).toEqual(new Map([[OTHER, 'alive']]));
  });

  it('takes what another boot has left, or another program, for dead', async () => {
    writeFileSync(join(folder, `s.${OTHER}`), 'no socket');
    expect(await livenessOf().look([OTHER])).toEqual(new Map([[OTHER, 'dead']]));
  });

  it('has its socket as soon as it starts, and one at a time', async () => {
    const liveness = livenessOf();
    const first = liveness.start(OWN);
    expect(readdirSync(folder)).toEqual([`s.${OWN}`]);
    const second = liveness.start(OTHER);
    await Promise.all([first, second]);
    expect(readdirSync(folder)).toEqual([`s.${OTHER}`]);
    liveness.stop();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('refuses an id that somebody uses', async () => {
    const server = createServer().listen(join(folder, `s.${OWN}`));
    await once(server, 'listening');
    const liveness = livenessOf();
    await expect(liveness.start(OWN)).rejects.toThrow('EEXIST');
    server.close();
  });

  it('tells of visits', async () => {
    const visited = new Promise<void>((resolve) => {
      const liveness = livenessOf(resolve);
      void liveness.start(OWN).then(() => livenessOf().look([OWN]));
    });
    await expect(visited).resolves.toBeUndefined();
  });

  it('learns of the end of a worker that it is attached to, and is known to it until its own', async () => {
    const holder = livenessOf();
    await holder.start(OTHER);
    const worker = livenessOf();
    await worker.start(OWN);

    const ended = worker.attach(OTHER, OWN);
    await until(() => holder.isAttached(OWN));
    // Under a new id, it is no more known by the one before.
    await worker.start('cccccccccccc');
    await expect(ended).resolves.toBe(true);
    await until(() => !holder.isAttached(OWN));

    const endedAgain = worker.attach(OTHER, 'cccccccccccc');
    await until(() => holder.isAttached('cccccccccccc'));
    holder.stop();
    await expect(endedAgain).resolves.toBe(true);
    await expect(worker.attach(OTHER, OWN)).resolves.toBe(false);
    worker.stop();
  });

  it('knows nobody by what is no id', async () => {
    const liveness = livenessOf();
    await liveness.start(OWN);
    for (const text of ['../../etc', `${OTHER}x`, 'ABCDEFABCDEF', '\0'.repeat(100_000)]) {
      const socket = connect(join(folder, `s.${OWN}`));
      const closed = new Promise((resolve) => socket.on('close', resolve));
      socket
        .on('error', () => {})
        .resume()
        .write(text);
      await closed;
      expect(liveness.isAttached(text)).toBe(false);
    }
    liveness.stop();
  });

  it('looks at 64 workers at once, and at each once', async () => {
    const ids = Array.from({ length: 64 }, (_, index) => index.toString(16).padStart(12, '0'));
    const started = ids.map((id) => {
      const liveness = livenessOf();
      return { liveness, up: liveness.start(id) };
    });
    await Promise.all(started.map(({ up }) => up));
    const states = await livenessOf().look(ids);
    for (const { liveness } of started) liveness.stop();
    expect([states.size, new Set(states.values())]).toEqual([64, new Set(['alive'])]);
  });
});
