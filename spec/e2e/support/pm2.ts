import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { installInCache } from '../../../scripts/install-in-cache.js';
import { startReaper } from './reaper.js';

const ROOT = resolve(__dirname, '../../..');
const run = promisify(execFile);

/** A busy machine is no reason to kill an instance that shuts down, or to give up one that starts or is killed often. */
const PATIENCE = { kill_timeout: 60_000, listen_timeout: 60_000, max_restarts: 1_000 };

/** An app of an ecosystem file. */
export interface Pm2App {
  readonly name: string;
  readonly script: string;
  readonly exec_mode: 'cluster' | 'fork';
  readonly instances: number;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly node_args?: readonly string[];
}

/** A daemon of PM2 of its own. */
export interface Pm2 {
  /** Runs a command of PM2, `reload all` for example. */
  command(...args: readonly string[]): Promise<string>;
  /** Starts an app from an ecosystem file. */
  start(app: Pm2App): Promise<string>;
  /** Ends the daemon with all that it started. */
  close(): Promise<void>;
}

/**
 * Installs PM2 outside the clone, and keeps what it writes in a folder. Its daemon starts with the first command.
 *
 * @param more - what the commands have in their environment, and so the programs
 */
export function createPm2(folder: string, more: Readonly<Record<string, string>> = {}): Pm2 {
  const [manifest, lock] = ['package.json', 'package-lock.json'].map((name) =>
    readFileSync(join(ROOT, 'spec/e2e/pm2', name), 'utf8'),
  ) as [string, string];
  const pm2 = join(installInCache('pm2', manifest, lock), 'node_modules/pm2/bin/pm2');
  const reaper = startReaper();
  // What Jest sets is not for the programs.
  const { NODE_ENV: _, ...inherited } = process.env;
  const env = { ...inherited, ...more, PM2_HOME: folder, PM2_DISCRETE_MODE: 'true' };
  const daemon = (): number => Number(readFileSync(join(folder, 'pm2.pid'), 'utf8'));
  const command: Pm2['command'] = async (...args) => {
    const { stdout } = await run(process.execPath, [pm2, ...args], { cwd: folder, env, timeout: 60_000 });
    reaper.watch(daemon());
    return stdout;
  };
  return {
    command,
    start: async (app) => {
      const file = join(folder, 'ecosystem.config.cjs');
      // Nothing of PM2's own in the process, and no look at the history of the repository.
      const apps = [{ pmx: false, vizion: false, ...PATIENCE, ...app }];
      writeFileSync(file, `module.exports = ${JSON.stringify({ apps })};`);
      return command('start', file);
    },
    close: async () => {
      let pid: number | undefined;
      try {
        pid = daemon();
        await run(process.execPath, [pm2, 'kill'], { cwd: folder, env, timeout: 60_000 });
      } catch {
        // It never started, or does not answer.
        if (pid !== undefined) kill(pid);
      }
      if (pid !== undefined) reaper.forget(pid);
    },
  };
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}
