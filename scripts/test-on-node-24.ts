/**
 * Tests a copy of this repository on Node.js 24 with SDK 3.x: the types of sources and specs, the build, the types that
 * users get, and the whole suite. `scripts/node-24/package.json` has what differs from `package.json`.
 *
 *   --e2e   the end-to-end tests as well; `npm run collector:build` must have run
 *   --lock  only writes scripts/node-24/package-lock.json, which each change of a dependency needs
 *   paths   only these specs
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { installInCache } from './install-in-cache.js';

const SOURCE = 'scripts/node-24';
const args = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), 'llm-edge-node-24-'));
const inScratch = (command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  execFileSync(command, args, { cwd: scratch, stdio: 'inherit', env: { ...process.env, ...env } });

/** The manifest of the copy: each member that the file in {@link SOURCE} has is added to, or replaces, ours. */
function mergeManifests(): string {
  const read = (file: string): Record<string, object> => JSON.parse(readFileSync(file, 'utf8'));
  const ours = read('package.json');
  for (const [member, entries] of Object.entries(read(`${SOURCE}/package.json`))) {
    ours[member] = { ...ours[member], ...entries };
  }
  return `${JSON.stringify(ours, null, 2)}\n`;
}

function writeLock(): void {
  writeFileSync(join(scratch, 'package.json'), mergeManifests());
  if (existsSync(`${SOURCE}/package-lock.json`))
    cpSync(`${SOURCE}/package-lock.json`, join(scratch, 'package-lock.json'));
  inScratch('npm', ['install', '--package-lock-only', '--ignore-scripts', '--loglevel=error']);
  cpSync(join(scratch, 'package-lock.json'), `${SOURCE}/package-lock.json`);
}

/** Copies all files that Git knows or would take, and links the packages of the cache. */
function copyRepository(): string {
  const manifest = mergeManifests();
  const lock = readFileSync(`${SOURCE}/package-lock.json`, 'utf8');
  const installed = installInCache('node-24', manifest, lock);
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard']);
  const files = new Set(listed.toString().split('\0').filter(existsSync));
  for (const file of files) cpSync(file, join(scratch, file));
  writeFileSync(join(scratch, 'package.json'), manifest);
  symlinkSync(join(installed, 'node_modules'), join(scratch, 'node_modules'));
  // Specs list the files of the repository. A link is not the folder that `.gitignore` names.
  inScratch('git', ['init', '--quiet']);
  writeFileSync(join(scratch, '.git/info/exclude'), 'node_modules\n');
  inScratch('git', ['add', '.']);
  return join(installed, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin');
}

function test(): void {
  const bin = copyRepository();
  const isInstalled = existsSync(bin);
  if (!isInstalled && Number.parseInt(process.versions.node, 10) < 24)
    throw new Error(
      `npm has no Node.js 24 for ${process.platform}-${process.arch}: run this script by Node.js 24`,
    );
  const env = isInstalled ? { PATH: `${bin}${delimiter}${process.env['PATH']}` } : {};
  const node = (...args: string[]): Buffer => inScratch('node', args, env);
  const paths = args.filter((arg) => !arg.startsWith('--'));
  const jest = 'node_modules/jest/bin/jest.js';
  node('--version');
  if (paths.length > 0) {
    node(jest, ...paths);
    return;
  }

  for (const project of ['tsconfig.json', 'tsconfig.cjs.json', 'tsconfig.spec.json'])
    node('node_modules/typescript/bin/tsc', '--noEmit', '-p', project);
  node('scripts/build.mjs');
  node('scripts/check-layout.mjs');
  node('scripts/check-package.mjs');
  node('scripts/check-user-types.mjs');
  node(jest);
  if (args.includes('--e2e')) {
    const programs = resolve(process.env['OTELCOL_CACHE_DIR'] || '.cache/otelcol');
    inScratch('node', [jest, '--config', 'jest.e2e.config.js'], { ...env, OTELCOL_CACHE_DIR: programs });
  }
}

try {
  if (args.includes('--lock')) writeLock();
  else test();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
