import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(__dirname, '..', '..');
/** Within the repository, from where the packages are found. */
const OUT = join(ROOT, '.cache', 'deno');
/** Ends a program that hangs, before the spec that waits for it. */
const HANG_MS = 55_000;
const DENO = join(ROOT, 'node_modules', '.bin', 'deno');

/** Runs a module given as text in Deno, against the sources, which it imports as `#lib/...`; resolves with its output. */
export async function runDeno(name: string, source: string): Promise<string> {
  const outfile = join(OUT, `${name}.cjs`);
  mkdirSync(OUT, { recursive: true });
  await build({
    stdin: { contents: source.replaceAll('#lib/', './lib/'), resolveDir: ROOT, loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    packages: 'external',
    logLevel: 'warning',
  });
  const args = ['run', '--allow-all', '--no-remote', '--node-modules-dir=manual', outfile];
  const env = { ...process.env, DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' };
  const options = { cwd: ROOT, env, timeout: HANG_MS, killSignal: 'SIGKILL' } as const;
  return new Promise((resolve, reject) => {
    execFile(DENO, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${error.message}\n${stdout}\n${stderr}`));
    });
  });
}
