import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');

/** The program `npx llm-edge-monitoring`, run from its sources. */
export interface CliProgram {
  readonly child: ChildProcess;
  /** Resolves when the process has ended and its output is complete. */
  end(): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
}

/** Starts the program in a process apart. */
export function runCli(...args: readonly string[]): CliProgram {
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'lib', 'cli.ts'), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk) => {
      printed[name] += String(chunk);
    });
  }
  const closed = once(child, 'close') as Promise<[number | null]>;
  return { child, end: async () => ({ code: (await closed)[0], ...printed }) };
}
