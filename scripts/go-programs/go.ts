import { spawn, spawnSync } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { delimiter, dirname } from 'node:path';

const CANDIDATES = ['go', '/usr/local/go/bin/go', '/usr/lib/go/bin/go'] as const;

/** How {@link runGo} runs. */
export interface GoOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Runs `go`, with what it writes on stderr, at a low priority. Rejects when there is no Go or when it fails. */
export function runGo(args: readonly string[], { cwd, env }: GoOptions): Promise<void> {
  const go = findGo(env);
  if (go === undefined) {
    throw new Error('Go is missing: install 1.26 or later from https://go.dev/dl and put it on PATH.');
  }
  // Programs that start `go` by name find the one that was found here.
  const path = go.includes('/') ? `${dirname(go)}${delimiter}${env['PATH'] ?? ''}` : env['PATH'];
  return new Promise((resolve, reject) => {
    const child = spawn(go, args, { cwd, env: { ...env, PATH: path }, stdio: ['ignore', 2, 2] });
    child.once('spawn', () => setPriority(child.pid ?? 0, constants.priority.PRIORITY_BELOW_NORMAL));
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`"${go} ${args.join(' ')}" ended with ${signal ?? `code ${code}`}`));
    });
  });
}

/** Path or name of a Go tool chain that runs, or nothing. `GOROOT` is looked at first. */
function findGo(env: NodeJS.ProcessEnv): string | undefined {
  const ofRoot = env['GOROOT'] ? [`${env['GOROOT']}/bin/go`] : [];
  return [...ofRoot, ...CANDIDATES].find(
    (candidate) => spawnSync(candidate, ['version'], { env, stdio: 'ignore' }).status === 0,
  );
}
