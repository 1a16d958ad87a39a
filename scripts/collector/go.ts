import { spawn, spawnSync } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { delimiter, dirname } from 'node:path';

const CANDIDATES = ['go', '/usr/local/go/bin/go', '/usr/lib/go/bin/go'] as const;

/** Path or name of a Go tool chain that runs, or nothing. `GOROOT` is looked at first. */
export function findGo(env: NodeJS.ProcessEnv): string | undefined {
  const ofRoot = env['GOROOT'] ? [`${env['GOROOT']}/bin/go`] : [];
  return [...ofRoot, ...CANDIDATES].find(
    (candidate) => spawnSync(candidate, ['version'], { env, stdio: 'ignore' }).status === 0,
  );
}

/** Runs `go` with what it writes on stderr, at a low priority; rejects with the command when it fails. */
export function runGo(
  go: string,
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<void> {
  // The builder starts `go` by name, so the folder of the one that was found must be on the path.
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
