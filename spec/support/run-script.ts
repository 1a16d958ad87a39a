import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');

/** A child process that runs a TypeScript module against the sources. */
export interface Script {
  readonly child: ChildProcess;
  /** Resolves with the first line of standard output that contains a text. */
  line(text: string): Promise<string>;
  /** Resolves when the process has ended and its output is complete. */
  end(): Promise<{
    readonly code: number | null;
    readonly signal: string | null;
    readonly stdout: string;
    readonly stderr: string;
  }>;
}

/** Runs a module given as text; it imports the sources as `#lib/...`. */
export function runScript(source: string, env: Readonly<Record<string, string>> = {}): Script {
  const text = source.replaceAll('#lib/', `${ROOT}/lib/`);
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', text], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const closed = once(child, 'close') as Promise<[number | null, string | null]>;
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  return {
    child,
    line: (wanted) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = stdout.split('\n').find((line) => line.includes(wanted));
          if (found !== undefined) resolve(found);
        };
        child.stdout.on('data', look);
        void closed.then(() => reject(new Error(`ended without "${wanted}": ${stdout}${stderr}`)));
        look();
      }),
    end: async () => {
      const [code, signal] = await closed;
      return { code, signal, stdout, stderr };
    },
  };
}
