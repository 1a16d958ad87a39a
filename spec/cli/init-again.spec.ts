import { createHash } from 'node:crypto';
import {
  existsSync,
  promises as fs,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInitProject, type InitProject } from '../support/init-harness.js';

const RULES = 'monitoring/prometheus/rules/slo.yml';
const RECORD = 'monitoring/llm-edge-monitoring.json';

let project: InitProject;
beforeEach(() => {
  project = createInitProject();
});
afterEach(() => project.remove());

describe('init, a second time', () => {
  it('changes nothing', async () => {
    await project.init('--job', 'chat');
    const before = project.files();
    expect(await project.init()).toEqual({ code: 0, stdout: 'monitoring is up to date.\n', stderr: '' });
    expect(project.files()).toEqual(before);
  });

  it('remembers the flags, and updates the files for those that change', async () => {
    await project.init('--without-docker', '--job', 'chat', '--target', 'localhost:1');
    const { code, stdout } = await project.init('--objective', '99.9');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^update {5}monitoring\/prometheus\/rules\/slo\.yml$/m);
    const command = 'init --without-docker --job chat --objective 99.9 --target localhost:1';
    expect(project.read(RULES)).toContain(command);
    expect(project.read('monitoring/prometheus/prometheus.yml')).toContain(command);
    expect(existsSync(join(project.folder, 'monitoring/docker-compose.yml'))).toBe(false);
  });

  it('updates what an older version wrote', async () => {
    await project.init();
    const current = project.files();
    // An older version wrote this file otherwise, and one that there is no more.
    const older = `# older\n${project.read(RULES)}`;
    project.write(RULES, older);
    const record = JSON.parse(project.read(RECORD));
    record.files['prometheus/rules/slo.yml'] = createHash('sha256').update(older).digest('hex');
    record.files['prometheus/rules/old.yml'] = 'any';
    project.write(RECORD, JSON.stringify({ ...record, version: '0.0.9' }));

    const { code, stdout } = await project.init();
    expect(code).toBe(0);
    expect(stdout).toContain(
      `update     ${RULES}\nupdate     ${RECORD}\nno longer used: monitoring/prometheus/rules/old.yml\n`,
    );
    expect(project.files()).toEqual(current);
  });

  it('takes the line breaks of Windows for no change', async () => {
    await project.init('--objective', '99');
    project.write(RULES, project.read(RULES).replaceAll('\n', '\r\n'));
    expect((await project.init('--objective', '99.9')).code).toBe(0);
    expect(project.read(RULES)).toContain('vector(0.001)');
  });

  it('keeps a file that was changed, and with it all others', async () => {
    await project.init();
    project.write(RULES, `${project.read(RULES)}# mine\n`);
    const before = project.files();
    const { code, stdout, stderr } = await project.init('--objective', '99.9');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('Nothing was written');
    expect(stderr).toContain(`  ${RULES}\n`);
    expect(project.files()).toEqual(before);
  });

  it('overwrites it with --force', async () => {
    await project.init();
    const before = project.files();
    project.write(RULES, 'mine');
    expect(await project.init('--force')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`overwrite  ${RULES}`),
    });
    expect(project.files()).toEqual(before);
  });

  it('overwrites no file of others, the record of another program among them', async () => {
    project.write('monitoring/docker-compose.yml', 'services: {}\n');
    project.write(RECORD, '[]');
    const before = project.files();
    const { code, stderr } = await project.init();
    expect(code).toBe(1);
    expect(stderr).toContain(`  monitoring/docker-compose.yml\n  ${RECORD}\n`);
    expect(project.files()).toEqual(before);
  });

  it.each([
    [{ job: '"}' }, '"job" in llm-edge-monitoring.json must be'],
    [{ target: 'localhost:1' }, '"target" in llm-edge-monitoring.json must be'],
    [{ objective: 99.5 }, '"objective" in llm-edge-monitoring.json must be'],
  ])('takes no value from the record that it would not take from a flag: %j', async (parameters, problem) => {
    await project.init();
    const record = JSON.parse(project.read(RECORD));
    project.write(RECORD, JSON.stringify({ ...record, parameters: { ...record.parameters, ...parameters } }));
    expect(await project.init()).toMatchObject({ code: 2, stderr: expect.stringContaining(problem) });
  });

  it('does not turn one kind of folder into another', async () => {
    await project.init('.', '--kubernetes');
    const before = project.files();
    expect(await project.init('.', '--without-docker')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('another platform'),
    });
    expect((await project.init('.', '--kubernetes', '--without-operator')).code).toBe(1);
    expect(project.files()).toEqual(before);
  });
});

describe('init --dry-run', () => {
  it('lists what would be written, and writes nothing', async () => {
    const { code, stdout } = await project.init('--dry-run');
    expect(code).toBe(0);
    expect(stdout.split('\n')).toContain(`create     ${RULES}`);
    expect(readdirSync(project.folder)).toEqual([]);
  });

  it('says what would be lost', async () => {
    project.write(RULES, 'mine');
    const { code, stdout } = await project.init('--dry-run');
    expect([code, stdout]).toEqual([1, expect.stringContaining(`overwrite  ${RULES}`)]);
    expect(project.files()).toEqual({ [RULES]: 'mine' });
  });
});

describe('init --diff', () => {
  it('shows how a file would change, and writes nothing', async () => {
    await project.init('--job', 'chat');
    const before = project.files();
    const { code, stdout } = await project.init('--objective', '99.9', '--diff');
    expect(code).toBe(0);
    expect(stdout).toContain('--- a/prometheus/rules/slo.yml\n+++ b/prometheus/rules/slo.yml\n@@ -');
    expect(stdout).toContain('\n-        expr: vector(0.005)\n+        expr: vector(0.001)\n');
    expect(stdout).not.toContain('sha256');
    expect(project.files()).toEqual(before);
  });

  it('lists new files', async () => {
    expect((await project.init('--diff')).stdout).toContain(`create     ${RULES}\n`);
    expect(project.files()).toEqual({});
  });

  it('lets no control character of a file reach the terminal', async () => {
    project.write(RULES, 'a\u001b]0;title\u0007\u202eb\n');
    const { stdout } = await project.init('--diff');
    expect(stdout).toContain('-a?]0;title??b\n');
  });
});

describe('init follows no link', () => {
  let outside: InitProject;
  beforeEach(() => {
    outside = createInitProject();
    outside.write('file', 'theirs');
  });
  afterEach(() => outside.remove());

  it.each([
    ['the folder', 'monitoring', ''],
    ['a folder in it', 'monitoring/prometheus', ''],
    ['a file', RULES, 'file'],
    ['a file that is missing', RULES, 'missing'],
    ['the record', RECORD, 'file'],
  ])('that %s is', async (_, link, target) => {
    mkdirSync(join(project.folder, link, '..'), { recursive: true });
    symlinkSync(join(outside.folder, target), join(project.folder, link));
    for (const force of [[], ['--force']]) {
      expect(await project.init(...force)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^Nothing was written: .* is a link, and links are not followed\.\n$/),
      });
    }
    expect(outside.files()).toEqual({ file: 'theirs' });
  });

  it('above the folder, within the project', async () => {
    symlinkSync(outside.folder, join(project.folder, 'monitoring'));
    const { code, stderr } = await project.init('--kubernetes');
    expect([code, stderr]).toEqual([1, expect.stringContaining('monitoring is a link')]);
    expect(outside.files()).toEqual({ file: 'theirs' });
  });

  it('but writes into another folder where it was sent', async () => {
    expect((await project.init(join(outside.folder, 'there'))).code).toBe(0);
    expect(outside.read('there/docker-compose.yml')).toContain('llm-edge');
    expect(project.files()).toEqual({});
  });

  it('and takes no folder for a file, no file for a folder', async () => {
    project.write('monitoring/prometheus', 'a file');
    expect((await project.init('--force')).stderr).toContain('prometheus is not a folder');
    mkdirSync(join(project.folder, 'other', 'docker-compose.yml'), { recursive: true });
    expect((await project.init('other', '--force')).stderr).toContain('docker-compose.yml is not a file');
    expect(Object.keys(project.files())).toEqual(['monitoring/prometheus']);
  });
});

describe('init that fails midway', () => {
  const failure = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });

  /** Lets a function of `fs` fail at its n-th call. */
  function failAt(name: 'rename' | 'open' | 'copyFile' | 'mkdir', call: number): void {
    const original = fs[name] as (...args: unknown[]) => Promise<unknown>;
    let calls = 0;
    jest.spyOn(fs, name as 'rename').mockImplementation(((...args: unknown[]) => {
      calls += 1;
      return calls === call ? Promise.reject(failure) : original(...args);
    }) as never);
  }

  it.each([
    ['rename', 1],
    ['rename', 7],
    ['rename', 17],
    ['open', 3],
    ['open', 17],
    ['mkdir', 4],
  ] as const)('leaves an empty folder empty: %s, call %i', async (name, call) => {
    failAt(name, call);
    const { code, stderr } = await project.init();
    expect([code, stderr]).toEqual([1, expect.stringContaining('Nothing was written: ENOSPC')]);
    expect(readdirSync(project.folder)).toEqual([]);
  });

  it.each([
    ['rename', 1],
    ['rename', 5],
    ['rename', 11],
    ['copyFile', 3],
  ] as const)('leaves the files as they were: %s, call %i', async (name, call) => {
    await project.init();
    writeFileSync(join(project.folder, RULES), 'mine');
    const before = project.files();
    failAt(name, call);
    expect((await project.init('--force', '--objective', '99.9', '--job', 'other')).code).toBe(1);
    expect(project.files()).toEqual(before);
    jest.restoreAllMocks();
    expect((await project.init('--force')).code).toBe(0);
    expect(readFileSync(join(project.folder, RULES), 'utf8')).toContain('vector(0.005)');
  });
});
