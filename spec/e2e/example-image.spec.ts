import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = process.cwd();
const EXAMPLE = join(ROOT, 'examples/edge-agent');

type Instruction = readonly [name: string, rest: string];

/** The stages of the Dockerfile, from the name of each to its instructions; the last one has no name. */
function readStages(): ReadonlyMap<string, readonly Instruction[]> {
  const stages = new Map<string, Instruction[]>();
  let current: Instruction[] = [];
  for (const line of readFileSync(join(EXAMPLE, 'Dockerfile'), 'utf8').split('\n')) {
    const [, name = '', rest = ''] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
    if (name === 'FROM') {
      current = [];
      stages.set(/ AS (\w+)$/.exec(rest)?.[1] ?? '', current);
    } else if (name !== '') current.push([name, rest]);
  }
  return stages;
}

const stages = readStages();
const folders = new Map([...stages.keys()].map((stage) => [stage, mkdtempSync(join(tmpdir(), 'image-'))]));
afterAll(() => {
  for (const folder of folders.values()) rmSync(folder, { recursive: true, force: true });
});

const folderOf = (stage: string): string => folders.get(stage) ?? '';

function copy(folder: string, rest: string): void {
  const [, stage, paths = ''] = /^(?:--from=(\w+) )?(.+)$/.exec(rest) ?? [];
  const sources = paths.split(' ');
  const target = sources.pop() ?? '.';
  for (const source of sources) {
    const from = stage === undefined ? join(ROOT, source) : source.replace(/^\/app/, folderOf(stage));
    const to = target === './' ? join(folder, source) : join(folder, target);
    // Only these are sent to the build.
    if (stage === undefined) expect(SENT).toContain(source);
    cpSync(from, to, {
      recursive: true,
      filter: (path) => !path.slice(ROOT.length).includes('node_modules'),
    });
  }
}

const SENT = readFileSync(join(EXAMPLE, 'Dockerfile.dockerignore'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('!'))
  .map((line) => line.slice(1));

/** Runs the commands of a `RUN`, except those whose outcome is here already or that concern the whole machine. */
function run(folder: string, rest: string): void {
  for (const command of rest.split(' && ')) {
    if (command === 'npm ci --ignore-scripts')
      symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    else if (command !== 'npm cache clean --force') {
      execFileSync('sh', ['-c', command], { cwd: folder, stdio: 'pipe', timeout: 200_000 });
    }
  }
}

describe('the image of the example', () => {
  beforeAll(() => {
    for (const [stage, instructions] of stages) {
      for (const [name, rest] of instructions) {
        if (name === 'COPY') copy(folderOf(stage), rest);
        if (name === 'RUN') run(folderOf(stage), rest);
      }
    }
  }, 300_000);

  it('holds the build and the dependencies of the package, and none for development', () => {
    const { devDependencies, peerDependencies } = JSON.parse(
      readFileSync(join(ROOT, 'package.json'), 'utf8'),
    );
    const installed = (name: string) => existsSync(join(folderOf(''), 'node_modules', name));
    expect(
      readdirSync(folderOf(''))
        .filter((name) => !name.startsWith('.'))
        .sort(),
    ).toEqual(['dist', 'node_modules', 'package-lock.json', 'package.json']);
    const forDevelopment = Object.keys(devDependencies).filter((name) => !(name in peerDependencies));
    // The Resource and the trace SDK are dependencies of dependencies as well.
    const names = forDevelopment.filter((name) => !name.startsWith('@opentelemetry/') && installed(name));
    expect(names.filter((name) => name !== '@types/node')).toEqual([]);
    expect(installed('@opentelemetry/exporter-prometheus')).toBe(true);
  });

  it('runs the gateway with its clients', () => {
    const [, entryPoint = '[]'] = stages.get('')?.find(([name]) => name === 'ENTRYPOINT') ?? [];
    const [command, ...args] = JSON.parse(entryPoint) as string[];
    const flags = ['--requests', '30', '--rate', 'max', '--port', '0', '--metrics-port', '0', '--json'];
    const output = execFileSync(command ?? '', [...args, '--host', '127.0.0.1', ...flags, '--details'], {
      cwd: folderOf(''),
      encoding: 'utf8',
      env: { ...process.env, NODE_ENV: 'production', NODE_PATH: '' },
      timeout: 60_000,
    });
    const { errors, operations, models } = JSON.parse(output);
    expect([errors, operations, models.length]).toEqual([0, 30, 3]);
  });
});
