/**
 * Tests a copy of this repository on Node.js 24 with SDK 3.x: the types of sources and specs, the build, the types that
 * users get, and the whole suite. `scripts/node-24/package.json` has what differs from `package.json`.
 *
 *   --e2e   the end-to-end tests instead; `npm run collector:build` must have run, and OTELCOL_CACHE_DIR name its folder
 *   --lock  only writes scripts/node-24/package-lock.json, which each change of a dependency needs
 *   paths   these specs instead
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { installNode24, NODE_24_LOCK, node24Manifest } from './node-24.js';

const args = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), 'llm-edge-node-24-'));
const inScratch = (command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  execFileSync(command, args, { cwd: scratch, stdio: 'inherit', env: { ...process.env, ...env } });

function writeLock(): void {
  const lock = join(scratch, 'package-lock.json');
  writeFileSync(join(scratch, 'package.json'), node24Manifest());
  if (existsSync(NODE_24_LOCK)) cpSync(NODE_24_LOCK, lock);
  inScratch('npm', ['install', '--package-lock-only', '--ignore-scripts', '--loglevel=error']);
  cpSync(lock, NODE_24_LOCK);
}

/** Copies all files that Git knows or would take, and links the packages. */
function copyRepository(modules: string): void {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard']);
  const files = new Set(listed.toString().split('\0').filter(existsSync));
  for (const file of files) cpSync(file, join(scratch, file));
  writeFileSync(join(scratch, 'package.json'), node24Manifest());
  symlinkSync(modules, join(scratch, 'node_modules'));
  // Specs list the files of the repository. A link is not the folder that `.gitignore` names.
  inScratch('git', ['init', '--quiet']);
  writeFileSync(join(scratch, '.git/info/exclude'), 'node_modules\n');
  inScratch('git', ['add', '.']);
}

function test(): void {
  const { modules, bin } = installNode24();
  copyRepository(modules);
  const env = { PATH: `${bin}${delimiter}${process.env['PATH']}` };
  const node = (...args: string[]): Buffer => inScratch('node', args, env);
  const paths = args.filter((arg) => !arg.startsWith('--'));
  const jest = 'node_modules/jest/bin/jest.js';
  node('--version');
  if (args.includes('--e2e')) {
    const programs = resolve(process.env['OTELCOL_CACHE_DIR'] || '.cache/otelcol');
    // The programs beside other SDKs choose their version of Node.js themselves, and Next.js has packages of its own.
    const ignored = ['--testPathIgnorePatterns', 'e2e/(hosts|next)'];
    const options = ['--config', 'jest.e2e.config.js', ...ignored, '--', ...paths];
    inScratch('node', [jest, ...options], { ...env, OTELCOL_CACHE_DIR: programs });
    return;
  }
  if (paths.length > 0) {
    node(jest, ...paths);
    return;
  }

  for (const project of ['tsconfig.json', 'tsconfig.cjs.json', 'tsconfig.spec.json'])
    node('node_modules/typescript/bin/tsc', '--noEmit', '-p', project);
  for (const script of ['build', 'check-layout', 'check-package', 'check-user-types'])
    node(`scripts/${script}.mjs`);
  node(jest);
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
